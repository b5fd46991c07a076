import type { Dialect, EventTypeDefinition, FileEventKind } from './dialects/dialect.ts';
import { data, integer, isoTime, object, text, url } from './dialects/schema.ts';
import type { Document, DocumentVersion } from './document.ts';
import { fileNameOf } from './document-key.ts';

/** What they are called where the dialect does not say. */
const USUAL_TYPES: Readonly<Record<FileEventKind, string>> = {
  upload: 'file.uploaded',
  download: 'file.downloaded',
};

/** The type of the event that tells of an upload or a download, in a dialect's words. */
export function fileEventType({ fileEvents = USUAL_TYPES }: Dialect, kind: FileEventKind): string {
  return fileEvents[kind];
}

/**
 * The types that a dialect's tenants can get: its catalogue, and the file events that its guide has not. Null where
 * tenants have types of their own: those may be called as they like, and file events come beside them.
 */
export function knownTypes(dialect: Dialect): readonly EventTypeDefinition[] | null {
  const { catalogue } = dialect;
  if (catalogue === null) return null;
  return [
    ...catalogue,
    ...fileEventTypes(dialect).filter(({ type }) => !catalogue.some((known) => known.type === type)),
  ];
}

/** Both file events as a catalogue has them. */
export function fileEventTypes(dialect: Dialect): readonly EventTypeDefinition[] {
  return [
    { ...FILE_EVENT, type: fileEventType(dialect, 'upload'), description: 'A document was uploaded' },
    {
      ...FILE_EVENT,
      type: fileEventType(dialect, 'download'),
      description: 'A document was fetched for download',
    },
  ];
}

/** `data` of such an event. Its callback is the call that gets the document's details. */
export function fileEventData(
  { hashId, path }: Pick<Document, 'hashId' | 'path'>,
  { version, size, contentType }: DocumentVersion,
  occurredAt: number,
  apiUrl: string,
) {
  return {
    documentHashId: hashId,
    fileName: fileNameOf(path),
    contentType,
    size,
    version,
    occurredAt: new Date(occurredAt).toISOString(),
    callback: { method: 'GET', url: `${apiUrl}/Document/${hashId}?version=${encodeURIComponent(version)}` },
  };
}

const hashId = 'doc_1kVwXkq0mJ3yq6b2C0o9Xw7Zr4E';
const version = '3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY';

const FILE_EVENT = {
  group: 'Files',
  example: {
    documentHashId: hashId,
    fileName: 'report.pdf',
    contentType: 'application/pdf',
    size: 48_213,
    version,
    occurredAt: '2026-01-15T12:30:00.000Z',
    callback: { method: 'GET', url: `https://api.example.com/Document/${hashId}?version=${version}` },
  },
  schema: data(
    {
      documentHashId: text,
      fileName: text,
      contentType: text,
      size: integer,
      version: text,
      occurredAt: isoTime,
      callback: object({ method: text, url }),
    },
    ['documentHashId'],
  ),
};

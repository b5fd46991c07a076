import type { Dialect, EventTypeDefinition, FileEventKind } from './dialects/dialect.ts';
import { FILE_EVENT } from './dialects/file-event.ts';
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
 * The types that a dialect's tenants can get: its catalogue, and the file events that its guide has not. Those of its guide
 * look as the platform publishes them, whatever the catalogue says. Null where tenants have types of their own: those may
 * be called as they like, and file events come beside them.
 */
export function knownTypes(dialect: Dialect): readonly EventTypeDefinition[] | null {
  const { catalogue } = dialect;
  if (catalogue === null) return null;
  const fileTypes = fileEventTypes(dialect);
  const isFileType = (type: string) => fileTypes.some((own) => own.type === type);
  return [
    ...catalogue.map((entry) => (isFileType(entry.type) ? { ...entry, ...FILE_EVENT } : entry)),
    ...fileTypes.filter(({ type }) => !catalogue.some((known) => known.type === type)),
  ];
}

/** Both file events as a catalogue has them. */
export function fileEventTypes(dialect: Dialect): readonly EventTypeDefinition[] {
  const define = (kind: FileEventKind, description: string) => {
    return { type: fileEventType(dialect, kind), group: 'Files', description, ...FILE_EVENT };
  };
  return [
    define('upload', 'A document was uploaded'),
    define('download', 'A document was fetched for download'),
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
    callback: callbackOf(hashId, version, apiUrl),
  };
}

function callbackOf(hashId: string, version: string, apiUrl: string) {
  return { method: 'GET', url: `${apiUrl}/Document/${hashId}?version=${encodeURIComponent(version)}` };
}

/**
 * A type's example as a test event carries it: that of a file event asks for a call of this deployment, as a true one does;
 * there the document is not found. Any other is left as it is.
 */
export function callableExample(example: unknown, apiUrl: string): unknown {
  if (example !== FILE_EVENT.example) return example;
  const { documentHashId, version } = FILE_EVENT.example;
  return { ...FILE_EVENT.example, callback: callbackOf(documentHashId, version, apiUrl) };
}

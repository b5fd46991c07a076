import { data, integer, isoTime, object, text, url } from './schema.ts';

const documentHashId = 'doc_1kVwXkq0mJ3yq6b2C0o9Xw7Zr4E';
const version = '3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY';

/**
 * What the platform publishes of a document, whatever the dialect calls it: no catalogue may promise another shape. Only
 * the hash id, which the arken guide promises in words, is required.
 */
export const FILE_EVENT = {
  example: {
    documentHashId,
    fileName: 'report.pdf',
    contentType: 'application/pdf',
    size: 48_213,
    version,
    occurredAt: '2026-01-15T12:30:00.000Z',
    callback: {
      method: 'GET',
      url: `https://api.example.com/Document/${documentHashId}?version=${version}`,
    },
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
} as const;

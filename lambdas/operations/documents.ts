import * as z from 'zod';
import type { Document } from '../../core/document.ts';
import { faultOfPath, fileNameOf } from '../../core/document-key.ts';
import { quote, refuse } from '../../core/errors.ts';
import { checkActive } from '../../core/tenant.ts';
import { signUpload } from '../adapters/document-links.ts';
import { type DocumentPlaceInList, listByPrefix, listByTime } from '../adapters/document-lists.ts';
import { documentPrefixes } from '../adapters/document-prefixes.ts';
import { checkPeriod, knownTenant, readCursor, requireTenant, showTime, writeCursor } from './common.ts';
import {
  documentListSchema,
  documentQuerySchema,
  keyPart,
  uploadLinkSchema,
  uploadSchema,
} from './document-schemas.ts';
import { defineOperation } from './operation.ts';

/** A list by time goes on behind a time and a path, one by prefix behind a path. */
const placeByTime = z.tuple([z.int().min(0), keyPart.min(1)]);
const placeByPath = z.tuple([keyPart.min(1)]);

export const documentOperations = [
  defineOperation({
    method: 'GET',
    path: '/v1/documents',
    access: 'portal',
    summary: 'List documents, the latest uploads first; or by path with `prefix`',
    description:
      'A document is listed a moment after its upload, with the facts of its latest version. With `prefix`, a list that ' +
      'passes over thousands may answer fewer than asked for, or none, although `next_cursor` says that more follow.',
    query: documentQuerySchema,
    status: 200,
    response: documentListSchema,
    run: async ({ caller, query }) => {
      const tenantId = await knownTenant(caller, query.tenant_id);
      checkPeriod(query);
      return query.prefix ? listPaths(tenantId, query, query.prefix) : listTimes(tenantId, query);
    },
  }),
  defineOperation({
    method: 'POST',
    path: '/v1/documents',
    access: 'tenant',
    summary: 'Get a form by which a client without AWS keys uploads a document',
    description:
      'A file that is uploaded to a path where one is becomes that document’s latest version. The document is there a ' +
      'moment after the upload, when its event is published.',
    body: uploadSchema,
    // It makes nothing: another call gets another form.
    ownIds: true,
    status: 201,
    response: uploadLinkSchema,
    run: async ({ caller, body, now }) => {
      const tenant = await requireTenant(caller, body.tenant_id);
      checkActive(tenant);
      const place = { tenantId: tenant.id, path: body.path };
      const fault = faultOfPath(place, documentPrefixes());
      if (fault !== undefined)
        throw refuse('invalid_request', 'path', `path is ${quote(body.path)}: it ${fault}.`);
      const wanted = { contentType: body.content_type, maxSize: body.max_size, seconds: body.expires_in };
      const { url, fields, expiresAt } = await signUpload(place, wanted, now);
      return {
        url,
        method: 'POST' as const,
        fields,
        max_size: body.max_size,
        expires_at: showTime(expiresAt),
      };
    },
  }),
];

type ListQuery = z.output<typeof documentQuerySchema>;

async function listTimes(tenantId: string, { from, to, limit, cursor }: ListQuery) {
  const [uploadedAt, path] = readCursor(cursor, placeByTime) ?? [];
  const after = uploadedAt === undefined || path === undefined ? undefined : { uploadedAt, path };
  if (after !== undefined && (after.uploadedAt < from || after.uploadedAt >= to)) throw strange(cursor);
  const { documents, next } = await listByTime(tenantId, { from, to }, limit, after);
  return showPage(documents, next && [next.uploadedAt, next.path]);
}

async function listPaths(tenantId: string, { from, to, limit, cursor }: ListQuery, prefix: string) {
  const [path] = readCursor(cursor, placeByPath) ?? [];
  if (path !== undefined && !path.startsWith(prefix)) throw strange(cursor);
  const after: Pick<DocumentPlaceInList, 'path'> | undefined = path === undefined ? undefined : { path };
  const { documents, next } = await listByPrefix(tenantId, prefix, { from, to }, limit, after);
  return showPage(documents, next && [next.path]);
}

/** DynamoDB refuses to go on at a place that the list does not have. */
function strange(cursor: string | undefined) {
  return refuse(
    'invalid_request',
    'cursor',
    `cursor is ${quote(cursor)}, which a list with another query gave.`,
  );
}

function showPage(documents: readonly Document[], next: readonly (string | number)[] | undefined) {
  return {
    documents: documents.map(showDocument),
    next_cursor: next === undefined ? null : writeCursor(next),
  };
}

function showDocument({ hashId, path, size, contentType, version, etag, uploadedAt }: Document) {
  return {
    id: hashId,
    path,
    file_name: fileNameOf(path),
    size,
    content_type: contentType,
    version,
    etag,
    uploaded_at: showTime(uploadedAt),
  };
}

import * as z from 'zod';
import {
  type Document,
  type DocumentVersion,
  isHashId,
  LINK_WINDOW_MS,
  linkFacts,
  UNVERSIONED,
} from '../../core/document.ts';
import { fileNameOf } from '../../core/document-key.ts';
import { PosthornError, quote } from '../../core/errors.ts';
import { checkActive } from '../../core/tenant.ts';
import { signDownload } from '../adapters/document-links.ts';
import { findDocument, findVersion } from '../adapters/document-store.ts';
import { readEnvironment } from '../adapters/environment.ts';
import { publishFileEvent } from '../adapters/file-events.ts';
import type { Tenant } from '../adapters/tenant-store.ts';
import { sendHops } from '../adapters/tracing.ts';
import type { Caller } from '../middleware/authenticate.ts';
import { accountQuery, requireTenant, showTime } from './common.ts';
import { detailsSchema, linkQuery, locationSchema, versionQuery } from './document-schemas.ts';
import { inGuideWords } from './guide-words.ts';
import { defineOperation } from './operation.ts';

const ABOUT_VERSIONS =
  'Without `version` the latest one is meant. A document that was deleted, or a version that was, is 410 `gone`.';

export const documentPullOperations = [
  defineOperation({
    method: 'GET',
    path: '/Document/{documentHashId}',
    access: 'portal',
    summary: "Read a document's details: the call that its events ask for",
    description: ABOUT_VERSIONS,
    query: z.strictObject({ ...accountQuery, version: versionQuery }),
    maybeGone: true,
    status: 200,
    response: detailsSchema,
    run: async ({ caller, params, query }) => {
      const { document, version } = await requireDocument(caller, params.documentHashId, query);
      return {
        documentHashId: document.hashId,
        fileName: fileNameOf(document.path),
        size: version.size,
        contentType: version.contentType,
        version: version.version,
        uploadedAt: showTime(version.uploadedAt),
        etag: version.etag,
      };
    },
  }),
  defineOperation({
    method: 'GET',
    path: '/Document/{documentHashId}/Location',
    access: 'portal',
    summary: "Get a short-lived link to a document's bytes",
    description: `${ABOUT_VERSIONS} Where the platform is set up so, a link given out is a download, and published as one event; further links that the same key gets to the same version within the same ${LINK_WINDOW_MS / 60_000} minutes of the clock belong to it.`,
    query: z.strictObject({ ...accountQuery, version: versionQuery, expiresIn: linkQuery }),
    maybeGone: true,
    status: 200,
    response: locationSchema,
    run: async ({ caller, params, query, now }) => {
      const found = await requireDocument(caller, params.documentHashId, query);
      checkActive(found.tenant);
      const { url, expiresAt } = await signDownload(found.document, found.version, query.expiresIn, now);
      if (readEnvironment('downloads') === 'link') await publishDownload(found, caller, now);
      return { url, expiresAt: showTime(expiresAt) };
    },
  }),
];

interface FoundDocument {
  readonly tenant: Tenant;
  readonly document: Document;
  readonly version: DocumentVersion;
}

/** @throws PosthornError `not_found`, also for another tenant's; `gone` */
async function requireDocument(
  caller: Caller,
  hashId = '',
  query: { readonly accountHashId?: string; readonly version?: string },
): Promise<FoundDocument> {
  const tenant = await inGuideWords({ tenant_id: 'accountHashId' }, () =>
    requireTenant(caller, query.accountHashId),
  );
  const document = isHashId(hashId) ? await findDocument(tenant.id, hashId) : undefined;
  if (document === undefined) throw new PosthornError('not_found', `There is no document ${quote(hashId)}.`);
  if (document.deletedAt !== undefined)
    throw new PosthornError('gone', `The document ${quote(hashId)} was deleted.`);
  return { tenant, document, version: await requireVersion(document, query.version) };
}

async function requireVersion(document: Document, wanted = document.version): Promise<DocumentVersion> {
  if (wanted === document.version) return document;
  const version = await findVersion(document.hashId, wanted);
  const name = `version ${quote(wanted)} of the document ${quote(document.hashId)}`;
  if (version === undefined) throw new PosthornError('not_found', `There is no ${name}.`);
  if (version.isGone) throw new PosthornError('gone', `The ${name} was deleted.`);
  // A link to it would lead to the bytes of the latest.
  if (wanted.startsWith(UNVERSIONED))
    throw new PosthornError('gone', `The ${name} was replaced; its bucket kept no versions.`);
  return version;
}

/**
 * The link is given out only after this: a download that nobody was told of would be worse than one that was not made. What
 * was told in this window already is there with another time, and that is as good.
 */
async function publishDownload(
  { tenant, document, version }: FoundDocument,
  { accessKey }: Caller,
  now: number,
): Promise<void> {
  const facts = linkFacts(document.hashId, version.version, accessKey, now);
  await publishFileEvent({ kind: 'download', tenant, document, version, facts, occurredAt: now, now });
  await sendHops();
}

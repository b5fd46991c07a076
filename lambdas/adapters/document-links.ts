import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { attachmentOf } from '../../core/content-disposition.ts';
import { type DocumentVersion, UNVERSIONED } from '../../core/document.ts';
import { type DocumentPlace, fileNameOf, keyOfPlace } from '../../core/document-key.ts';
import { documentPrefixes } from './document-prefixes.ts';
import { readEnvironment } from './environment.ts';
import { signerOf } from './link-signer.ts';

/** A link, and when it ends: milliseconds since 1970. */
export interface Link {
  readonly url: string;
  readonly expiresAt: number;
}

/** What a client without AWS keys sends a file by: a form with these fields, and the file as its last. */
export interface UploadLink extends Link {
  readonly fields: Readonly<Record<string, string>>;
}

/** Signs a link by which anybody gets the bytes of one version, saved under the file's own name. @param seconds 1 to 900 */
export async function signDownload(
  place: DocumentPlace,
  { version }: DocumentVersion,
  seconds: number,
  now: number,
): Promise<Link> {
  const command = new GetObjectCommand({
    Bucket: readEnvironment('documentsBucket'),
    Key: requireKey(place),
    VersionId: version.startsWith(UNVERSIONED) ? undefined : version,
    ResponseContentDisposition: attachmentOf(fileNameOf(place.path)),
  });
  const signingDate = wholeSeconds(now);
  const client = await signerOf(readEnvironment('downloadLinkRoleArn'));
  const url = await getSignedUrl(client, command, { expiresIn: seconds, signingDate: new Date(signingDate) });
  return { url, expiresAt: signingDate + seconds * 1000 };
}

/** Signs a form by which anybody puts one object of that type and at most that size there. @param seconds 1 to 900 */
export async function signUpload(
  place: DocumentPlace,
  { contentType, maxSize, seconds }: { contentType: string; maxSize: number; seconds: number },
  now: number,
): Promise<UploadLink> {
  const client = await signerOf(readEnvironment('uploadLinkRoleArn'));
  const { url, fields } = await createPresignedPost(client, {
    Bucket: readEnvironment('documentsBucket'),
    Key: requireKey(place),
    // Each field becomes a condition: another type is refused.
    Fields: { 'Content-Type': contentType },
    Conditions: [['content-length-range', 0, maxSize]],
    Expires: seconds,
  });
  return { url, fields, expiresAt: wholeSeconds(now) + seconds * 1000 };
}

/** A signature's date has no milliseconds. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function requireKey(place: DocumentPlace): string {
  const key = keyOfPlace(place, documentPrefixes());
  if (key !== undefined) return key;
  throw new Error(`No prefix of the bucket is the tenant's any more: ${place.tenantId}.`);
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type DocumentDetails, mayPass, PassingProblem, reach, retryAfter } from './document-api.ts';

/** S3 does not take this link any more: it has expired, or the role that signed it has. A fresh one may do. */
export class StaleLink extends PassingProblem {}

/** Long enough for a large file over a slow line; one that stalls for good must end all the same. */
const DOWNLOAD_MS = 15 * 60_000;

/**
 * Writes what a link answers to `file`, and holds it against the document's details.
 * @throws StaleLink, PassingProblem; Error where another attempt would not help
 */
export async function download(link: string, details: DocumentDetails, file: string): Promise<void> {
  // No key here: the link carries its own permission.
  const answer = await reach(link, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!answer.ok) {
    const message = `the link was answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`;
    if (mayPass(answer.status)) throw new PassingProblem(message, retryAfter(answer));
    // 403 is how S3 answers an expired signature, 400 an expired session, 404 a version that was deleted meanwhile.
    throw new StaleLink(message);
  }
  const { size, md5 } = await write(answer, file);
  if (size !== details.size) throw new PassingProblem(`${size} bytes came, ${details.size} were promised`);
  const etag = unquote(answer.headers.get('etag') ?? details.etag);
  if (etag !== unquote(details.etag))
    throw new StaleLink(`the link leads to ${etag}, not to ${details.etag}`);
  if (isMd5(etag, answer) && etag !== md5) throw new PassingProblem(`MD5 ${md5} came, ${etag} was promised`);
}

async function write(answer: Response, file: string): Promise<{ size: number; md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const body = answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body as ReadableStream);
  try {
    await pipeline(body, count, createWriteStream(file, { flush: true }));
  } catch (cause) {
    // A full disk ends here too, and may have room again later.
    throw new PassingProblem('the download broke off', 0, { cause });
  }
  return { size, md5: hash.digest('hex') };
}

/** The ETag is the content's MD5 but for multipart uploads (a hyphen) and keys of KMS or the customer. */
function isMd5(etag: string, { headers }: Response): boolean {
  const encryption = headers.get('x-amz-server-side-encryption') ?? 'AES256';
  const byCustomer = headers.has('x-amz-server-side-encryption-customer-algorithm');
  return /^[0-9a-f]{32}$/.test(etag) && encryption === 'AES256' && !byCustomer;
}

function unquote(etag: string): string {
  return etag.replaceAll('"', '');
}

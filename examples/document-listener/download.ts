import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type DocumentDetails, mayPass, PassingProblem, retryAfter } from './document-api.ts';

/** S3 does not take this link any more: it has expired, or the role that signed it has. A fresh one may do. */
export class StaleLink extends PassingProblem {}

/** Long enough for a large file over a slow line; one that stalls for good must end all the same. */
const DOWNLOAD_MS = 15 * 60_000;

/**
 * Writes what a link answers to `file`, and holds it against the document's details.
 * @throws StaleLink, PassingProblem; Error where another attempt would not help
 */
export async function download(link: string, details: DocumentDetails, file: string): Promise<void> {
  const answer = await open(link);
  const { statusCode = 0, headers } = answer;
  if (statusCode !== 200) {
    const message = `the link was answered ${statusCode}: ${(await text(answer).catch(String)).slice(0, 200)}`;
    if (mayPass(statusCode)) throw new PassingProblem(message, retryAfter(headers['retry-after']));
    // 403 is how S3 answers an expired signature, 400 an expired session, 404 a version that was deleted meanwhile.
    throw new StaleLink(message);
  }
  const { size, md5 } = await write(answer, file);
  if (size !== details.size) throw new PassingProblem(`${size} bytes came, ${details.size} were promised`);
  const etag = unquote(headers.etag ?? details.etag);
  if (etag !== unquote(details.etag))
    throw new StaleLink(`the link leads to ${etag}, not to ${details.etag}`);
  if (isMd5(etag, answer) && etag !== md5) throw new PassingProblem(`MD5 ${md5} came, ${etag} was promised`);
}

/**
 * Not by `fetch`: that unpacks a file which was stored packed (`Content-Encoding: gzip`), and neither its size nor its ETag
 * would be the document's. No key is sent, since the link carries its own permission, and no redirect is followed.
 */
function open(link: string): Promise<IncomingMessage> {
  const url = new URL(link);
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) }, resolve).on('error', (cause) =>
      reject(new PassingProblem(`${url.host} could not be reached`, 0, { cause })),
    );
  });
}

async function write(answer: IncomingMessage, file: string): Promise<{ size: number; md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(answer, count, createWriteStream(file, { flush: true }));
  } catch (cause) {
    // A full disk ends here too, and may have room again later.
    throw new PassingProblem('the download broke off', 0, { cause });
  }
  return { size, md5: hash.digest('hex') };
}

/** The ETag is the content's MD5 but for multipart uploads (a hyphen) and keys of KMS or the customer. */
function isMd5(etag: string, { headers }: IncomingMessage): boolean {
  const encryption = headers['x-amz-server-side-encryption'] ?? 'AES256';
  const byCustomer = 'x-amz-server-side-encryption-customer-algorithm' in headers;
  return /^[0-9a-f]{32}$/.test(etag) && encryption === 'AES256' && !byCustomer;
}

function unquote(etag: string): string {
  return etag.replaceAll('"', '');
}

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type DocumentDetails, mayPass, PassingProblem, retryAfter } from './document-api.ts';

/** S3 does not take this link any more: it has expired, or the role that signed it has. A fresh one may do. */
export class StaleLink extends PassingProblem {}

/** A download may take as long as it takes; one by which nothing comes for so long is tried again. */
const STALL_MS = 60_000;

/**
 * Writes what a link answers to `file`, and holds it against the document's details. Where the file holds a part already,
 * of an attempt that broke off, only the rest is asked for.
 * @throws StaleLink, PassingProblem; Error where another attempt would not help
 */
export async function download(
  link: string,
  details: DocumentDetails,
  file: string,
  stallMs = STALL_MS,
): Promise<void> {
  const start = await sizeOf(file);
  const answer = await open(link, start === 0 ? {} : partAfter(start, details), stallMs);
  const { statusCode = 0, headers } = answer;
  if (statusCode !== 200 && statusCode !== 206) {
    const message = `the link was answered ${statusCode}: ${(await text(answer).catch(String)).slice(0, 200)}`;
    if (mayPass(statusCode)) throw new PassingProblem(message, retryAfter(headers['retry-after']));
    // What is there is no part of what the link leads to (412), or the whole of it (416).
    if (statusCode === 412 || statusCode === 416) await rm(file, { force: true });
    // 403 is how S3 answers an expired signature, 400 an expired session, 404 a version that was deleted meanwhile.
    throw new StaleLink(message);
  }
  const etag = unquote(headers.etag ?? details.etag);
  if (etag !== unquote(details.etag)) {
    answer.destroy();
    throw new StaleLink(`the link leads to ${etag}, not to ${details.etag}`);
  }
  // 200 is the whole file, whatever was asked for.
  await write(answer, file, statusCode === 206);
  await check(answer, details, file);
}

/** The rest of the file, if it is still the same. A link is signed without these headers, so they may be added. */
function partAfter(start: number, { etag }: DocumentDetails): Record<string, string> {
  return { range: `bytes=${start}-`, 'if-match': `"${unquote(etag)}"` };
}

/**
 * Not by `fetch`: that unpacks a file which was stored packed (`Content-Encoding: gzip`), and neither its size nor its ETag
 * would be the document's. No key is sent, since the link carries its own permission, and no redirect is followed.
 */
function open(link: string, headers: Record<string, string>, stallMs: number): Promise<IncomingMessage> {
  const url = new URL(link);
  const { get } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, timeout: stallMs }, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${stallMs} ms`)));
    request.on('error', (cause) =>
      reject(new PassingProblem(`${url.host} could not be reached`, 0, { cause })),
    );
  });
}

async function write(answer: IncomingMessage, file: string, isPart: boolean): Promise<void> {
  const target = createWriteStream(file, { flags: isPart ? 'a' : 'w', flush: true });
  try {
    await pipeline(answer, target);
  } catch (cause) {
    // Its last write may be under way: the next attempt goes on behind what is there.
    if (!target.closed) await new Promise<void>((resolve) => target.once('close', resolve));
    // A full disk ends here too, and may have room again later.
    throw new PassingProblem('the download broke off', 0, { cause });
  }
}

/** A file that ended early is gone on with; one that is wrong is begun anew. */
async function check(answer: IncomingMessage, details: DocumentDetails, file: string): Promise<void> {
  const size = await sizeOf(file);
  if (size < details.size) throw new PassingProblem(`${size} bytes came, ${details.size} were promised`);
  const etag = unquote(details.etag);
  const md5 = isMd5(etag, answer) ? await md5Of(file) : etag;
  if (size === details.size && etag === md5) return;
  await rm(file, { force: true });
  throw new PassingProblem(`${size} bytes and MD5 ${md5} came, ${details.size} and ${etag} were promised`);
}

/** Bytes that are there; 0 where there is no file. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
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

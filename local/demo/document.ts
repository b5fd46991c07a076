import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LocalOutputs } from '../local-aws.ts';
import { LocalError } from '../local-error.ts';
import { repositoryRoot } from '../place.ts';
import { ARKEN_HEADER } from '../receivers/arken.ts';
import { type Api, makeApi } from './api.ts';
import { type DocumentListener, type DocumentNotice, startDocumentListener } from './document-listener.ts';
import { openTenant } from './tenants.ts';

const TENANT = { id: 'demo-files', dialect: 'arken' };
/** Any file that is really there. */
const FILE = 'README.md';
const NOTICE_DEADLINE_MS = 30_000;

interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Uploads a file as a tenant, and does with its notification what a listener would: calls back with its own key, follows
 * the link, and compares the bytes. Each step is printed as it is done.
 * @returns why it did not end well; undefined where it did
 */
export async function showDocument(
  outputs: LocalOutputs,
  print: (line: string) => void,
): Promise<string | undefined> {
  const secret = randomBytes(24).toString('base64url');
  const listener = await startDocumentListener(secret);
  try {
    const tenant = await openFilesTenant(
      makeApi(outputs.apiUrl, outputs.operatorKey),
      outputs,
      listener,
      secret,
    );
    const content = await readFile(path.join(repositoryRoot, FILE));
    await upload(tenant.api, content);
    print(`✔ ${TENANT.id} uploaded ${FILE}, ${content.length} bytes, without AWS keys`);
    const notice = await waitForNotice(listener);
    print(`✔ ${notice.category}.${notice.type} arrived: ${notice.data.documentHashId}`);
    const fault = compareBytes(content, await pull(notice, tenant.key, print));
    print(fault === undefined ? '✔ the bytes are the same' : `✘ ${fault}`);
    return fault;
  } catch (error) {
    const reason = (error as Error).message;
    print(`✘ ${reason}`);
    return reason;
  } finally {
    listener.close();
  }
}

async function openFilesTenant(
  operator: Api,
  { apiUrl }: LocalOutputs,
  { url }: DocumentListener,
  value: string,
): Promise<{ key: string; api: Api }> {
  await openTenant(operator, TENANT);
  const { key } = await operator<{ key: string }>('POST', `/v1/tenants/${TENANT.id}/api-keys`, {
    scope: 'tenant',
  });
  const api = makeApi(apiUrl, key);
  const auth = { header: { name: ARKEN_HEADER, value } };
  await api('POST', '/v1/webhooks', { url, events: ['FileStore.*'], auth });
  return { key, api };
}

async function upload(api: Api, content: Uint8Array<ArrayBuffer>): Promise<void> {
  const wanted = { path: `demo/${FILE}`, content_type: 'text/markdown' };
  const { url, fields } = await api<UploadForm>('POST', '/v1/documents', wanted);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content]), FILE);
  const answer = await fetch(url, { method: 'POST', body: form });
  if (!answer.ok) throw failed(`the upload was answered ${answer.status}: ${await answer.text()}`);
}

async function waitForNotice({ uploaded }: DocumentListener): Promise<DocumentNotice> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(failed(`no notification came within ${NOTICE_DEADLINE_MS / 1000} s`)),
    NOTICE_DEADLINE_MS,
  );
  return Promise.race([uploaded, late]).finally(() => clearTimeout(timer));
}

/** The calls that a notification asks for. @returns what the link leads to */
async function pull(
  { callback }: DocumentNotice,
  key: string,
  print: (line: string) => void,
): Promise<Buffer> {
  const location = new URL(callback.url);
  location.pathname += '/Location';
  const details = await get<{ fileName: string; size: number }>(callback.url, key);
  print(`✔ called back with its key: ${details.fileName}, ${details.size} bytes`);
  const { url, expiresAt } = await get<{ url: string; expiresAt: string }>(location.href, key);
  print(`✔ got a link that works until ${expiresAt}`);
  const answer = await fetch(url);
  if (!answer.ok) throw failed(`the link was answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function get<Body>(url: string, key: string): Promise<Body> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  if (!answer.ok) throw failed(`GET ${url} was answered ${answer.status}`);
  return (await answer.json()) as Body;
}

/** What tells two contents apart; undefined where nothing does. */
export function compareBytes(sent: Uint8Array, got: Uint8Array): string | undefined {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  if (sent.length !== got.length) return `${sent.length} bytes were sent, ${got.length} came back`;
  if (digest(sent) !== digest(got))
    return `other bytes came back: SHA-256 ${digest(got)}…, not ${digest(sent)}…`;
  return undefined;
}

function failed(message: string): LocalError {
  return new LocalError('demo-failed', message);
}

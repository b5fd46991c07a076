import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { DialectName } from 'posthorn-client';
import { DocumentApi } from './document-api.ts';
import { Library } from './library.ts';
import { makeListener } from './listener.ts';

/** Where failed follow-ups are taken up again, besides at every start. */
const RESUME_MS = 5 * 60_000;

function wanted(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`The environment variable ${name} is not set.`);
}

function readProof() {
  const introspectionUrl = process.env.INTROSPECTION_URL;
  if (introspectionUrl) {
    return { introspectionUrl, clientId: wanted('CLIENT_ID'), clientSecret: wanted('CLIENT_SECRET') };
  }
  const dialect = (process.env.DIALECT ?? 'arken') as DialectName;
  const header = dialect === 'arken' ? wanted('SECRET_HEADER') : undefined;
  return { dialect, secret: wanted('WEBHOOK_SECRET'), header };
}

const directory = path.resolve(process.env.DOCUMENTS ?? 'documents');
const library = new Library(directory);
const listener = makeListener({
  proof: readProof(),
  api: new DocumentApi(wanted('POSTHORN_URL'), wanted('POSTHORN_KEY')),
  library,
  inbox: path.join(directory, '.inbox'),
  attempts: 8,
  firstRetryMs: 1_000,
  log: (line, error) => (error === undefined ? console.log(line) : console.error(line, error)),
});

await library.clear();
const server = createServer(listener.handle).listen(Number(process.env.PORT ?? 9000), process.env.HOST);
server.once('listening', () => {
  console.log(`listening on port ${(server.address() as AddressInfo).port}; files go to ${directory}`);
});
resume();
setInterval(resume, RESUME_MS).unref();

/** An inbox that cannot be read must not end the listener: it may be readable the next time. */
function resume(): void {
  listener.resume().catch((error) => console.error('what is left in the inbox was not done', error));
}

import type { IncomingMessage, RequestListener } from 'node:http';
import { authorize, type BySecret, type ByToken } from './authorize.ts';
import { DocumentGone } from './document-api.ts';
import { type FollowUpSettings, followUp } from './follow-up.ts';
import { Inbox } from './inbox.ts';
import { readUpload, type Upload } from './notification.ts';

export interface ListenerSettings extends FollowUpSettings {
  readonly proof: BySecret | ByToken;
  /** A directory for what is still to be done. */
  readonly inbox: string;
  /** Told what became of each upload. */
  readonly log: (line: string, error?: unknown) => void;
}

export interface Listener {
  /** For `node:http`. */
  readonly handle: RequestListener;
  /** Does what an earlier run left, and what has failed since. Call it at the start and every few minutes. */
  resume(): Promise<void>;
}

/** As large as a webhook gets in any dialect. */
const MAX_BODY_BYTES = 262_144;

export function makeListener({ proof, log, ...settings }: ListenerSettings): Listener {
  const inbox = new Inbox(settings.inbox);
  /** By document and version: however often it is notified, one follow-up at a time. */
  const running = new Map<string, Promise<void>>();

  function start(upload: Upload): Promise<void> {
    const name = `${upload.documentHashId} ${upload.version}`;
    const work =
      running.get(name) ??
      pull(upload, name)
        .catch((error) => log(`${name}: failed, and will be tried again later`, error))
        .finally(() => running.delete(name));
    running.set(name, work);
    return work;
  }

  async function pull(upload: Upload, name: string): Promise<void> {
    // Another notification's work may have ended since this one was found.
    if (!(await inbox.has(upload))) return;
    try {
      const isNew = await followUp(upload, settings);
      log(`${name}: ${isNew ? 'stored' : 'was stored before'}`);
    } catch (error) {
      if (!(error instanceof DocumentGone)) throw error;
      log(`${name}: gone, given up`, error);
    }
    await inbox.remove(upload);
  }

  /** A foreign callback would be as foreign if it were sent again, so it is acknowledged all the same. */
  function mayFollow({ callbackUrl }: Upload): boolean {
    try {
      settings.api.check(callbackUrl);
      return true;
    } catch (error) {
      log('acknowledged, but not followed', error);
      return false;
    }
  }

  async function take(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') return 405;
    const body = await readBody(request);
    if (body === undefined) return 413;
    const event = await authorize(proof, request.headers, body).catch((error) => {
      log('refused', error);
      return undefined;
    });
    if (event === undefined) return 401;
    const upload = readUpload(event);
    if (upload === undefined || !mayFollow(upload)) return 204;
    await inbox.add(upload);
    void start(upload);
    return 204;
  }

  return {
    handle: (request, response) => {
      take(request)
        .catch((error) => {
          // The platform sends it again, and shows the status in its log.
          log('not taken', error);
          return 500;
        })
        .then((status) => response.writeHead(status).end());
    },
    resume: async () => {
      // One after the other: what failed together should not come back together.
      for (const upload of await inbox.list()) await start(upload);
    },
  };
}

/** The bytes as they came: a signature covers them. Undefined where there are too many. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

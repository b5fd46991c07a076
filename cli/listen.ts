import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PosthornConnectionError } from '../client/api-errors.ts';
import { type Call, makeCall } from '../client/http-client.ts';
import { PosthornApiError } from '../client/posthorn.ts';
import type { Dialect } from '../core/dialects/dialect.ts';
import { parseJson } from '../core/json.ts';
import { EVENT_PATTERN, matchesType } from '../core/match.ts';
import { faultOfSecret, makeSecret, SECRET_BYTES } from '../core/new-secret.ts';
import type { Secret } from '../core/sign.ts';
import { type Command, type CommandContext, tenantQuery } from './command.ts';
import { type Forwarded, forward, type PolledEvent, type Target } from './forward.ts';
import { findDialect } from './trigger.ts';
import { UsageError } from './usage-error.ts';

const PAUSE_MS = 1_000;
const PAUSE_AFTER_ERROR_MS = 5_000;
const OWN_HEADER = 'X-Posthorn-Secret';

export const listen: Command = {
  name: 'listen',
  usage: '--forward-to URL --dialect NAME [--events TYPES] [--secret SECRET]',
  summary: 'Forward new events, signed, to a receiver on this machine.',
  flags: {
    'forward-to': 'the receiver, e.g. http://localhost:3000/hook',
    events: 'only these types, e.g. order.paid,user.* (all)',
    secret: 'signs the requests (a new one, printed)',
    header: `carries the secret where the dialect signs nothing (${OWN_HEADER})`,
  },
  wants: [],
  run: async (context) => {
    const target = readTarget(context);
    const patterns = readPatterns(context.flags.events);
    const { settings, json, print } = context;
    // The producer's digits are kept, as the platform keeps them.
    const call = makeCall({ baseUrl: settings.url, apiKey: settings.key }, parseJson);
    const { next_cursor } = await poll(call, context, 'latest');
    if (!json) {
      print(`Forwarding new events to ${target.url}, signed in the ${target.dialect.name} dialect.`);
      print(`Secret: ${target.secret.value}`);
    }
    await followEvents(call, context, next_cursor, async (event) => {
      if (!patterns.some((pattern) => matchesType(pattern, event.type))) return;
      const outcome = await forward(event, target);
      print(json ? JSON.stringify(outcome) : showOutcome(outcome));
    });
  },
};

interface Page {
  readonly events: readonly PolledEvent[];
  readonly next_cursor: string;
}

function poll(call: Call, context: CommandContext, after: string): Promise<Page> {
  const query = { ...tenantQuery(context), after, limit: 50 };
  return call('GET', '/v1/events', { query }, { signal: context.signal });
}

/** Reads on until it is told to end. What the API refuses ends it; what may pass by itself does not. */
async function followEvents(
  call: Call,
  context: CommandContext,
  from: string,
  handle: (event: PolledEvent) => Promise<void>,
): Promise<void> {
  let after = from;
  while (!context.signal.aborted) {
    try {
      const { events, next_cursor } = await poll(call, context, after);
      for (const event of events) await handle(event);
      after = next_cursor;
      if (events.length === 0) await pause(PAUSE_MS, context.signal);
    } catch (error) {
      if (context.signal.aborted) return;
      if (!mayPassLater(error)) throw error;
      if (!context.json) context.print(`${(error as Error).message} Trying again.`);
      await pause(PAUSE_AFTER_ERROR_MS, context.signal);
    }
  }
}

function mayPassLater(error: unknown): boolean {
  if (error instanceof PosthornApiError) return error.status === 429 || error.status >= 500;
  return error instanceof PosthornConnectionError;
}

/** Ends early, and quietly, when the command does. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

function readTarget({ flags, settings }: CommandContext): Target {
  const url = flags['forward-to'];
  if (url === undefined || !/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    const given = url === undefined ? 'missing' : JSON.stringify(url);
    throw new UsageError(`--forward-to is ${given}; an address is wanted, e.g. http://localhost:3000/hook.`);
  }
  if (settings.dialect === undefined) {
    throw new UsageError(
      'dialect is missing. Give --dialect, POSTHORN_DIALECT, or "dialect" in .posthorn.json.',
    );
  }
  if (!('rawJSON' in JSON)) throw new UsageError('listen wants Node 22 or newer.');
  const dialect = findDialect(settings.dialect);
  return { url, dialect, secret: readSecret(dialect, flags.secret), header: flags.header ?? OWN_HEADER };
}

function readSecret({ signature }: Dialect, given: string | undefined): Secret {
  if (given === undefined) {
    const value = `whsec_${randomBytes(24).toString('base64url')}`;
    return signature ? makeSecret(signature, 'hmac', randomBytes(SECRET_BYTES)) : { kind: 'hmac', value };
  }
  const fault = signature ? faultOfSecret(signature, given) : undefined;
  // The message of a fault may show the secret's beginning; a terminal's history has more already.
  if (fault !== undefined) throw new UsageError(`--secret ${fault}.`);
  return { kind: 'hmac', value: given };
}

function readPatterns(text = '*'): string[] {
  const patterns = text.split(',').map((pattern) => pattern.trim());
  const wrong = patterns.find((pattern) => !EVENT_PATTERN.test(pattern));
  if (wrong === undefined) return patterns;
  throw new UsageError(
    `--events has ${JSON.stringify(wrong)}; types, prefixes like "order.*" and "*" are accepted.`,
  );
}

function showOutcome({ status, error, duration_ms, type, event_id }: Forwarded): string {
  return `${String(status ?? error).padEnd(12)}  ${`${duration_ms} ms`.padStart(9)}  ${type}  ${event_id}`;
}

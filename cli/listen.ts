import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PosthornConnectionError } from '../client/api-errors.ts';
import { type Call, makeCall } from '../client/http-client.ts';
import { PosthornApiError } from '../client/posthorn.ts';
import type { Dialect } from '../core/dialects/dialect.ts';
import { parseJson } from '../core/json.ts';
import { EVENT_PATTERN, matchesType } from '../core/match.ts';
import { faultOfSecret, SECRET_BYTES } from '../core/new-secret.ts';
import { type Command, type CommandContext, tenantQuery } from './command.ts';
import { type Forwarded, forward, type PolledEvent, type Target } from './forward.ts';
import { findDialect } from './trigger.ts';
import { UsageError } from './usage-error.ts';

const PAUSE_MS = 1_000;
const PAUSE_AFTER_ERROR_MS = 5_000;
const OWN_HEADER = 'X-Posthorn-Secret';

export const listen: Command = {
  name: 'listen',
  usage: '--forward-to URL [--dialect NAME] [--events TYPES] [--secret SECRET]',
  summary: 'Forward new events, signed, to a receiver on this machine.',
  flags: {
    'forward-to': 'the receiver, e.g. http://localhost:3000/hook',
    events: 'only these types, e.g. order.paid,user.* (all)',
    secret: 'signs the requests (a new one, printed)',
    header: `carries the secret where the dialect signs nothing (${OWN_HEADER})`,
  },
  wants: [],
  run: async (context) => {
    const place = readPlace(context);
    const patterns = readPatterns(context.flags.events);
    const { settings, json, print } = context;
    // The producer's digits are kept, as the platform keeps them.
    const call = makeCall({ baseUrl: settings.url, apiKey: settings.key, parse: parseJson });
    const { next_cursor } = await poll(call, context, 'latest');
    let dialect = place.dialect ?? (await readDialect(context, settings.tenant));
    if (!json) {
      const name = dialect === undefined ? "the tenant's" : `the ${dialect.name}`;
      print(`Forwarding new events to ${place.url}, signed in ${name} dialect.`);
      print(`Secret: ${place.secret}`);
    }
    await followEvents(call, context, next_cursor, async (event) => {
      if (!patterns.some((pattern) => matchesType(pattern, event.type))) return;
      // A tenant's key does not say whose it is; the first event does.
      dialect ??= await readDialect(context, event.tenant_id);
      const target = makeTarget(place, dialect as Dialect);
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

/** Where events go, and what the command line says of how they are signed. */
interface Place {
  readonly url: string;
  readonly header: string;
  readonly secret: string;
  /** Where it was named; the tenant's otherwise. */
  readonly dialect?: Dialect;
}

function readPlace({ flags, settings }: CommandContext): Place {
  const url = flags['forward-to'];
  if (url === undefined || !/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    const given = url === undefined ? 'missing' : JSON.stringify(url);
    throw new UsageError(`--forward-to is ${given}; an address is wanted, e.g. http://localhost:3000/hook.`);
  }
  if (!('rawJSON' in JSON)) throw new UsageError('listen wants Node 22 or newer.');
  const place = { url, header: flags.header ?? OWN_HEADER, secret: flags.secret ?? newSecret() };
  if (settings.dialect === undefined) return place;
  const dialect = findDialect(settings.dialect);
  makeTarget(place, dialect);
  return { ...place, dialect };
}

/** One that every dialect takes. */
function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

async function readDialect({ sdk }: CommandContext, tenantId?: string): Promise<Dialect | undefined> {
  return tenantId === undefined ? undefined : findDialect((await sdk.tenants.get(tenantId)).dialect);
}

/** @throws UsageError where the dialect does not take the secret */
function makeTarget({ url, header, secret }: Place, dialect: Dialect): Target {
  const fault = dialect.signature ? faultOfSecret(dialect.signature, secret) : undefined;
  // The message of a fault may show the secret's beginning; a terminal's history has more already.
  if (fault !== undefined) throw new UsageError(`--secret ${fault}.`);
  return { url, dialect, header, secret: { kind: 'hmac', value: secret } };
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

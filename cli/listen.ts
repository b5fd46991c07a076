import { randomBytes } from 'node:crypto';
import type { Dialect } from '../core/dialects/dialect.ts';
import { EVENT_PATTERN, matchesType } from '../core/match.ts';
import { faultOfSecret, SECRET_BYTES } from '../core/new-secret.ts';
import type { Command, CommandContext } from './command.ts';
import { EventReader } from './follow-events.ts';
import { type Forwarded, forward, type Target } from './forward.ts';
import { dialectNamed, findDialect } from './trigger.ts';
import { UsageError } from './usage-error.ts';

const OWN_HEADER = 'X-Posthorn-Secret';

export const listen: Command = {
  name: 'listen',
  usage: '--forward-to URL [--dialect NAME] [--events TYPES] [--secret SECRET] [--since TIME|CURSOR]',
  summary: 'Forward new events, signed, to a receiver on this machine.',
  flags: {
    'forward-to': 'the receiver, e.g. http://localhost:3000/hook',
    events: 'only these types, e.g. order.paid,user.* (all)',
    secret: 'signs the requests (a new one, printed)',
    header: `carries the secret where the dialect signs nothing (${OWN_HEADER})`,
    since:
      'events from this time on, e.g. 2026-01-15T12:30:00Z, or from the cursor printed at the end. A time is looked for from the earliest event on that is kept',
  },
  wants: [],
  run: async (context) => {
    const place = readPlace(context);
    const wantsType = readPatterns(context.flags.events);
    const reader = new EventReader(context, readSince(context.flags.since));
    try {
      await reader.begin();
      await forwardAll(context, place, reader, wantsType);
    } catch (error) {
      if (!context.signal.aborted) throw error;
    }
  },
};

async function forwardAll(
  context: CommandContext,
  place: Place,
  reader: EventReader,
  wantsType: (type: string) => boolean,
): Promise<void> {
  const { json, print } = context;
  let dialect = place.dialect ?? (await readDialect(context, place, await findTenant(context, reader)));
  for (const line of showPlace(place, dialect, json)) print(line);
  try {
    await reader.follow(async (event) => {
      if (!wantsType(event.type)) return;
      // A tenant without events does not tell whose key it is; the first event does.
      dialect ??= await readDialect(context, place, event.tenant_id);
      const outcome = await forward(event, makeTarget(place, dialect as Dialect));
      print(json ? JSON.stringify(outcome) : showOutcome(outcome));
    });
  } finally {
    print(
      json ? JSON.stringify({ next_cursor: reader.after }) : `To go on from here: --since ${reader.after}`,
    );
  }
}

async function findTenant({ settings }: CommandContext, reader: EventReader): Promise<string | undefined> {
  return settings.tenant ?? (await reader.findTenant());
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

/** @throws UsageError where it is one that only the deployment knows, or does not take the secret */
async function readDialect(
  { sdk, signal }: CommandContext,
  place: Place,
  tenantId?: string,
): Promise<Dialect | undefined> {
  if (tenantId === undefined) return undefined;
  const { dialect: name } = await sdk.tenants.get(tenantId, { signal });
  const dialect = dialectNamed(name);
  if (dialect === undefined) {
    throw new UsageError(
      `The tenant's dialect is ${JSON.stringify(name)}, one of the deployment's own, whose rules are not known here: ` +
        'name the one that it signs like, e.g. --dialect standard.',
    );
  }
  makeTarget(place, dialect);
  return dialect;
}

/** @throws UsageError where the dialect does not take the secret */
function makeTarget({ url, header, secret }: Place, dialect: Dialect): Target {
  const fault = dialect.signature ? faultOfSecret(dialect.signature, secret) : undefined;
  // The message of a fault may show the secret's beginning; a terminal's history has more already.
  if (fault !== undefined) throw new UsageError(`--secret ${fault}.`);
  return { url, dialect, header, secret: { kind: 'hmac', value: secret } };
}

function readPatterns(text = '*'): (type: string) => boolean {
  const patterns = text.split(',').map((pattern) => pattern.trim());
  const wrong = patterns.find((pattern) => !EVENT_PATTERN.test(pattern));
  if (wrong === undefined) return (type) => patterns.some((pattern) => matchesType(pattern, type));
  throw new UsageError(
    `--events has ${JSON.stringify(wrong)}; types, prefixes like "order.*" and "*" are accepted.`,
  );
}

/** What begins like a year is a time. */
function readSince(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-/.test(text) || !Number.isNaN(Date.parse(text))) return text;
  throw new UsageError(
    `--since is ${JSON.stringify(text)}; a time, e.g. 2026-01-15T12:30:00Z, or a cursor is accepted.`,
  );
}

/** The secret may be a new one, which the receiver needs: it is printed for programs as well. */
function showPlace({ url, secret }: Place, dialect: Dialect | undefined, json: boolean): string[] {
  if (json) return [JSON.stringify({ forward_to: url, dialect: dialect?.name ?? null, secret })];
  const name = dialect === undefined ? "the tenant's" : `the ${dialect.name}`;
  return [`Forwarding new events to ${url}, signed in ${name} dialect.`, `Secret: ${secret}`];
}

function showOutcome({ status, error, duration_ms, type, event_id }: Forwarded): string {
  return `${String(status ?? error).padEnd(12)}  ${`${duration_ms} ms`.padStart(9)}  ${type}  ${event_id}`;
}

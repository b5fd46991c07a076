import type { MailTries } from './mail-tries.ts';
import type { EndpointChange, FailedDelivery } from './notice.ts';

const HOUR_MS = 3_600_000;
/** A mail is sent within this time of its claim, or whoever claimed it died: the function's own timeout is 30 s. */
export const CLAIM_MS = 60_000;
/** A wake-up that is this late was lost with its function. */
const LATE_MS = 600_000;
/** What a mail lists. The rest is only counted. */
const LISTED_ERRORS = 5;
const LISTED_TYPES = 10;
const LISTED_CHANGES = 10;
/** Deliveries that are known again where their notice comes twice: two batches of notices. */
const KNOWN_DELIVERIES = 200;
const KNOWN_CHANGES = 20;

/** What happened to an endpoint since the last mail. */
export interface Digest {
  /** When the first of it happened, milliseconds since 1970. */
  readonly since: number;
  readonly failures: number;
  /** Failed deliveries by event type; of types beyond the first ten together under `other types`. */
  readonly types: Readonly<Record<string, number>>;
  /** The last ones, oldest first. */
  readonly errors: readonly DigestError[];
  /** Oldest first. */
  readonly changes: readonly EndpointChange[];
}

export interface DigestError {
  readonly at: number;
  readonly eventType: string;
  readonly error: string;
}

/** What is remembered of an endpoint's alerts. */
export interface AlertState {
  readonly digest?: Digest;
  /** When the digest is to be mailed. */
  readonly dueAt?: number;
  /** When the last mail but those of recoveries was sent: the next one waits an hour. */
  readonly mailedAt?: number;
  /** A mail that is being sent, and since when. */
  readonly sending?: MailTries & { readonly digest: Digest; readonly claimedAt: number };
  /** Whether the last mail left people with a failing endpoint. */
  readonly toldFailing?: boolean;
  /** The last changes that were taken in, oldest first. */
  readonly changed?: readonly string[];
  /** The last deliveries that were counted, oldest first. */
  readonly known?: readonly string[];
}

/** What a mail's subject is about: the last thing that happened. */
export type Outcome = EndpointChange['kind'] | 'failures';

/** What became of an endpoint, as a digest ends. */
export function outcomeOf({ changes }: Digest): Outcome {
  return changes.at(-1)?.kind ?? 'failures';
}

/**
 * Takes in what happened to an endpoint. What was taken in before is not counted again, as long as it is among the last
 * 200 deliveries and 20 changes.
 * @param gatherMs how long a first mail waits for more to be in it
 * @returns undefined where there is nothing new; else the state, and whether somebody must be woken at its `dueAt`
 */
export function gather(
  state: AlertState,
  failures: readonly FailedDelivery[],
  changes: readonly EndpointChange[],
  now: number,
  gatherMs: number,
): { readonly state: AlertState; readonly wake: boolean } | undefined {
  const known = new Set(state.known);
  const fresh = failures.filter((failure) => !known.has(shortKey(failure)) && known.add(shortKey(failure)));
  const later = changes.filter((change) => !state.changed?.includes(changeKey(change)));
  if (fresh.length === 0 && later.length === 0) return undefined;
  const gathered: AlertState = {
    ...state,
    known: [...known].slice(-KNOWN_DELIVERIES),
    changed: [...(state.changed ?? []), ...later.map(changeKey)].slice(-KNOWN_CHANGES),
    digest: addTo(state.digest ?? emptyDigest(now), fresh, later),
  };
  return schedule(gathered, now, gatherMs);
}

/** A recovery is told soon and once; all else at most once an hour. */
function schedule(state: AlertState, now: number, gatherMs: number) {
  const { digest, mailedAt, toldFailing, sending, dueAt: before } = state;
  const recovered = digest !== undefined && outcomeOf(digest) === 'recovered';
  const hasTrouble =
    digest !== undefined && (digest.failures > 0 || digest.changes.some(({ kind }) => kind !== 'recovered'));
  // It recovered from what nobody was told of.
  if (recovered && !toldFailing && !hasTrouble)
    return { state: { ...state, digest: undefined }, wake: false };
  const soon = now + gatherMs;
  const anHourOn = mailedAt === undefined ? 0 : mailedAt + HOUR_MS;
  const dueAt =
    recovered && toldFailing ? Math.min(before ?? soon, soon) : Math.max(before ?? soon, anHourOn);
  // A mail that was tried lately or put off is on somebody's hands: each more would be a dead letter more.
  const isLost = before !== undefined && now > Math.max(before, heldUntil(sending)) + LATE_MS;
  return { state: { ...state, dueAt }, wake: dueAt !== before || isLost };
}

/** What whoever was woken does. */
export type Flush =
  | { readonly action: 'none' }
  /** Come back at this time, milliseconds since 1970. */
  | { readonly action: 'wait'; readonly until: number }
  /** Store this state, send the mail, then store {@link sent}. */
  | { readonly action: 'mail'; readonly state: AlertState; readonly digest: Digest };

/**
 * Decides whether an endpoint's digest is mailed now. A mail whose sender died, or that was put off, is sent again.
 * @param wokenFor the `dueAt` that it was woken for: should that be another by now, somebody else is woken for it
 */
export function flush(state: AlertState, wokenFor: number, now: number): Flush {
  const { sending, digest, dueAt } = state;
  if (sending !== undefined) {
    const free = Math.max(sending.claimedAt + CLAIM_MS, heldUntil(sending));
    if (now < free) return { action: 'wait', until: free };
    return {
      action: 'mail',
      digest: sending.digest,
      state: { ...state, sending: { ...sending, claimedAt: now } },
    };
  }
  if (digest === undefined || dueAt !== wokenFor) return { action: 'none' };
  if (now < dueAt) return { action: 'wait', until: dueAt };
  const outcome = outcomeOf(digest);
  const onlyRecovers = outcome === 'recovered' && state.toldFailing === true;
  const { digest: _, dueAt: __, ...rest } = state;
  return {
    action: 'mail',
    digest,
    state: {
      ...rest,
      sending: { digest, claimedAt: now },
      mailedAt: onlyRecovers ? state.mailedAt : now,
      toldFailing: outcome === 'failures' ? state.toldFailing : outcome !== 'recovered',
    },
  };
}

/**
 * The state after its mail was sent, or after there was nobody to send it to. Where it was sent late, by whoever was woken for
 * the next one, that one is put off: somebody must be woken at its new `dueAt`.
 * @param wokenFor the `dueAt` that its sender was woken for
 */
export function sent({ sending: _, ...state }: AlertState, wokenFor: number, now: number): AlertState {
  const { digest, dueAt, toldFailing } = state;
  if (digest === undefined || dueAt !== wokenFor) return state;
  const isSoon = outcomeOf(digest) === 'recovered' && toldFailing;
  // Another time in any case, so that only the new wake-up holds.
  return { ...state, mailedAt: now, dueAt: Math.max(dueAt + 1, isSoon ? now : now + HOUR_MS) };
}

/** Until when a mail is known to be cared for: since its last try, or until it was put off to. */
function heldUntil(sending: AlertState['sending']): number {
  return Math.max(sending?.claimedAt ?? 0, sending?.putOff?.until ?? 0);
}

function emptyDigest(since: number): Digest {
  return { since, failures: 0, types: {}, errors: [], changes: [] };
}

function addTo(
  digest: Digest,
  failures: readonly FailedDelivery[],
  changes: readonly EndpointChange[],
): Digest {
  const types = new Map(Object.entries(digest.types));
  for (const { eventType } of failures) {
    const name = types.has(eventType) || types.size < LISTED_TYPES ? eventType : 'other types';
    types.set(name, (types.get(name) ?? 0) + 1);
  }
  const errors = failures.map(({ at, eventType, error }) => ({
    at,
    eventType,
    error: error ?? 'It failed.',
  }));
  return {
    since: Math.min(digest.since, ...failures.map(({ at }) => at), ...changes.map(({ at }) => at)),
    failures: digest.failures + failures.length,
    types: Object.fromEntries(types),
    errors: [...digest.errors, ...errors].toSorted((a, b) => a.at - b.at).slice(-LISTED_ERRORS),
    changes: [...digest.changes, ...changes].slice(-LISTED_CHANGES),
  };
}

/** Not by time alone: the clocks of two functions differ. */
function changeKey({ kind, at }: EndpointChange): string {
  return `${at} ${kind}`;
}

/** Eleven characters of the event's hash tell an endpoint's deliveries apart; one that begins anew may fail again. */
function shortKey({ deliveryKey, attempts }: FailedDelivery): string {
  return `${deliveryKey.slice(-11)}.${attempts}`;
}

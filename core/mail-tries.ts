const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** So long a mail waits for SES. A quota of a day is free again by then; what lasts longer is for an operator. */
const PUT_OFF_FOR_MS = 24 * HOUR_MS;

/** What is known of a mail that is being sent to several addresses. */
export interface MailTries {
  /** Addresses that are done with: they have it already, or were given up. */
  readonly done?: readonly string[];
  /** How often each of the other addresses was refused. */
  readonly refusals?: Readonly<Record<string, number>>;
  /** Where SES took no mail at all, whomever it was to. */
  readonly putOff?: PutOff;
}

/** A mail that waits until SES takes mails again; milliseconds since 1970. */
export interface PutOff {
  /** When it was put off for the first time. */
  readonly since: number;
  readonly until: number;
}

/** What became of a mail to one address. */
export type MailResult =
  | { readonly result: 'taken' }
  /** SES takes no mail now, or could not be asked: that says nothing of the address. */
  | { readonly result: 'later' }
  /** `final`: the same answer would come again. */
  | { readonly result: 'refused'; readonly reason: string; readonly final: boolean };

/** An address that the last mail could not be handed over for. The next mail is tried again. */
export interface RefusedAlert {
  readonly email: string;
  /** As whoever refused it said, in words. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * An address that refuses a mail so often gets the next one at the earliest: the endpoint's other addresses wait for it. One
 * less than the queue gives a message (5), so that no dead letter comes of it.
 */
export const TRIES_OF_A_MAIL = 4;

/** What is left of a mail after a round of tries. */
export interface SettledMail {
  readonly tries: MailTries;
  /** Addresses that it is to be tried for again. */
  readonly open: readonly string[];
  readonly givenUp: readonly RefusedAlert[];
}

/** Settles what a round of tries came to, address by address. */
export function settleTries(
  before: MailTries,
  results: ReadonlyMap<string, MailResult>,
  now: number,
): SettledMail {
  const done = [...(before.done ?? [])];
  const refusals = { ...before.refusals };
  const open: string[] = [];
  const givenUp: RefusedAlert[] = [];
  for (const [email, result] of results) {
    if (result.result === 'refused') refusals[email] = (refusals[email] ?? 0) + 1;
    const isOver = result.result === 'refused' && (result.final || refusals[email]! >= TRIES_OF_A_MAIL);
    if (isOver) givenUp.push({ email, reason: result.reason, at: now });
    if (isOver || result.result === 'taken') done.push(email);
    else open.push(email);
  }
  return { tries: { done, refusals }, open, givenUp };
}

/**
 * Puts a mail off that SES did not take, whomever it was to: by one to three minutes, then by ever more, as long as it has
 * waited already and at most an hour. A crowd of mails is spread over that time.
 * @param chance from 0 to 1, where in that time it is tried
 * @returns undefined where it has waited for a day
 */
export function putOffMail({ putOff }: MailTries, now: number, chance: number): PutOff | undefined {
  const since = putOff?.since ?? now;
  const waited = now - since;
  if (waited > PUT_OFF_FOR_MS) return undefined;
  const latest = Math.min(HOUR_MS, 3 * MINUTE_MS + waited);
  return { since, until: now + MINUTE_MS + chance * (latest - MINUTE_MS) };
}

/**
 * The addresses that stand as refused after a round: a mail that was taken clears its address.
 * @returns undefined where nothing changed
 */
export function refusedAfter(
  before: readonly RefusedAlert[],
  results: ReadonlyMap<string, MailResult>,
  givenUp: readonly RefusedAlert[],
): RefusedAlert[] | undefined {
  const stale = before.filter(
    ({ email }) =>
      results.get(email)?.result === 'taken' || givenUp.some((refused) => refused.email === email),
  );
  if (stale.length === 0 && givenUp.length === 0) return undefined;
  return [...before.filter((refused) => !stale.includes(refused)), ...givenUp];
}

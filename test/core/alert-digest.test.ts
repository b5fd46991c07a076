import {
  type AlertState,
  CLAIM_MS,
  type Digest,
  flush,
  gather,
  outcomeOf,
  sent,
} from '../../core/alert-digest.ts';
import type { ChangeKind, EndpointChange, FailedDelivery } from '../../core/notice.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GATHER = 30_000;

/** An endpoint's alerts on a clock of the test's own: what is woken is done at its time. */
class Clock {
  now = Date.UTC(2026, 0, 15, 12);
  state: AlertState = {};
  readonly mails: { readonly at: number; readonly digest: Digest }[] = [];
  #wakes: { readonly at: number; readonly for: number }[] = [];
  readonly start = this.now;

  fail(...numbers: number[]): void {
    this.take(
      numbers.map((n) => failure(n, this.now)),
      [],
    );
  }

  change(kind: ChangeKind): EndpointChange {
    const change = { kind, at: this.now } as const;
    this.take([], [change]);
    return change;
  }

  take(failures: FailedDelivery[], changes: EndpointChange[]): boolean {
    const taken = gather(this.state, failures, changes, this.now, GATHER);
    if (taken === undefined) return false;
    this.state = taken.state;
    const { dueAt = this.now } = taken.state;
    if (taken.wake) this.#wakes.push({ at: dueAt, for: dueAt });
    return true;
  }

  /** Lets time pass; `dies` makes every sender die between its claim and the mail. */
  pass(ms: number, dies = false): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#wakes.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#wakes = this.#wakes.filter((wake) => wake !== next);
      this.now = Math.max(this.now, next.at);
      this.wake(next.for, dies);
    }
    this.now = end;
  }

  forgetWakes(): void {
    this.#wakes = [];
  }

  get wakes(): number {
    return this.#wakes.length;
  }

  wake(wokenFor: number, dies: boolean): void {
    const act = flush(this.state, wokenFor, this.now);
    if (act.action === 'wait') this.#wakes.push({ at: act.until, for: wokenFor });
    if (act.action !== 'mail') return;
    this.state = act.state;
    // Its message comes again.
    if (dies) this.#wakes.push({ at: this.now + 3 * MINUTE, for: wokenFor });
    if (dies) return;
    this.mails.push({ at: this.now - this.start, digest: act.digest });
    const { dueAt: before } = this.state;
    this.state = sent(this.state, wokenFor, this.now);
    const { dueAt } = this.state;
    if (dueAt !== undefined && dueAt !== before) this.#wakes.push({ at: dueAt, for: dueAt });
  }
}

function failure(n: number, at: number, eventType = 'order.paid'): FailedDelivery {
  const deliveryKey = `endpointendpointendpoi12345678${String(n).padStart(11, '0')}`;
  const ids = { tenantId: 'acme', endpointId: 'ep_1', eventId: `e${n}` };
  return { kind: 'delivery', ...ids, deliveryKey, eventType, attempts: 3, error: `error ${n}`, at };
}

let clock: Clock;
beforeEach(() => {
  clock = new Clock();
});
const outcomes = () => clock.mails.map(({ digest }) => outcomeOf(digest));
const counts = () => clock.mails.map(({ digest }) => digest.failures);

test('the first failure is mailed after the short time in which more may come', () => {
  clock.fail(1);
  clock.pass(HOUR);
  expect(clock.mails).toEqual([
    { at: GATHER, digest: expect.objectContaining({ failures: 1, types: { 'order.paid': 1 } }) },
  ]);
});

test('a thousand failures within seconds are one mail', () => {
  for (let n = 0; n < 1_000; n++) {
    clock.fail(n);
    clock.pass(20);
  }
  clock.pass(24 * HOUR);
  expect(counts()).toEqual([1_000]);
});

test('whatever fails, an endpoint is mailed about once an hour, with all that failed since', () => {
  for (let n = 0; n < 6 * 60; n++) {
    clock.fail(n);
    clock.pass(MINUTE);
  }
  clock.pass(HOUR);
  const gaps = clock.mails.slice(1).map(({ at }, i) => at - (clock.mails[i]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(HOUR);
  expect(clock.mails).toHaveLength(7);
  expect(counts().reduce((a, b) => a + b)).toBe(360);
});

test('the next mail comes at once where the last one is an hour ago', () => {
  clock.fail(1);
  clock.pass(2 * HOUR);
  clock.fail(2);
  clock.pass(MINUTE);
  expect(counts()).toEqual([1, 1]);
});

test('failing and recovering are told once each, the recovery within the hour', () => {
  clock.change('failing');
  clock.pass(10 * MINUTE);
  clock.change('recovered');
  clock.pass(24 * HOUR);
  expect(outcomes()).toEqual(['failing', 'recovered']);
  expect(clock.mails[1]?.at).toBe(10 * MINUTE + GATHER);
});

test('what failed since the last mail is in the one of the recovery', () => {
  clock.change('failing');
  clock.pass(10 * MINUTE);
  clock.fail(1, 2, 3);
  clock.change('recovered');
  clock.pass(24 * HOUR);
  expect(outcomes()).toEqual(['failing', 'recovered']);
  expect(counts()).toEqual([0, 3]);
});

test('an endpoint that falters all day is told of twice an hour at most', () => {
  for (let n = 0; n < 24 * 60; n++) {
    clock.change(n % 2 === 0 ? 'failing' : 'recovered');
    clock.pass(MINUTE);
  }
  clock.pass(HOUR);
  expect(clock.mails.length).toBeLessThanOrEqual(2 * 25);
  const alerts = clock.mails.filter(({ digest }) => outcomeOf(digest) !== 'recovered');
  const gaps = alerts.slice(1).map(({ at }, i) => at - (alerts[i]?.at ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(HOUR);
});

test('whoever is woken for a time that holds no longer does nothing', () => {
  clock.fail(1);
  const { dueAt = 0 } = clock.state;
  expect(flush(clock.state, dueAt - 1, dueAt + HOUR)).toEqual({ action: 'none' });
  for (let n = 0; n < 100; n++) {
    clock.change(n % 2 === 0 ? 'failing' : 'recovered');
    clock.pass(MINUTE);
  }
  expect(clock.wakes).toBeLessThan(5);
});

test('a recovery that is over before it was told does not bring the next alert forward', () => {
  clock.change('failing');
  clock.pass(10 * MINUTE);
  clock.change('recovered');
  clock.pass(1_000);
  clock.change('failing');
  clock.pass(24 * HOUR);
  expect(outcomes()).toEqual(['failing', 'failing']);
  expect(clock.mails[1]?.at).toBe(GATHER + HOUR);
});

test('a recovery from what nobody was told of is not mailed', () => {
  clock.change('recovered');
  clock.pass(24 * HOUR);
  expect(clock.mails).toEqual([]);
});

test('a notice that comes again is not counted again', () => {
  clock.fail(1, 2, 2);
  const change = clock.change('failing');
  expect(clock.take([failure(1, clock.now), failure(2, clock.now)], [change])).toBe(false);
  clock.pass(HOUR);
  expect(clock.take([failure(1, clock.now)], [change])).toBe(false);
  expect(counts()).toEqual([2]);
});

test('a mail whose sender died is sent by whoever comes after it, and not while it may be at work', () => {
  clock.fail(1);
  clock.pass(MINUTE, true);
  expect(flush(clock.state, 0, clock.now).action).toBe('wait');
  clock.pass(CLAIM_MS + 5 * MINUTE);
  expect(counts()).toEqual([1]);
  clock.pass(24 * HOUR);
  expect(counts()).toEqual([1]);
});

test('a mail that is sent late, by whom the next one was to be sent by, does not cost that one', () => {
  clock.fail(1);
  clock.pass(MINUTE, true);
  // Its message went to the dead letters.
  clock.forgetWakes();
  clock.change('disabled');
  clock.pass(3 * HOUR);
  expect(outcomes()).toEqual(['failures', 'disabled']);
  expect((clock.mails[1]?.at ?? 0) - (clock.mails[0]?.at ?? 0)).toBe(HOUR);
});

test('a wake-up that was lost is replaced with the next notice', () => {
  clock.fail(1);
  const { state } = clock;
  const { dueAt = 0 } = state;
  const taken = gather(state, [failure(2, dueAt)], [], dueAt + 11 * MINUTE, GATHER);
  expect(taken?.wake).toBe(true);
  expect(gather(state, [failure(2, dueAt)], [], dueAt + MINUTE, GATHER)?.wake).toBe(false);
});

test('a mail that is being refused is not asked for again with every notice', () => {
  clock.fail(1);
  clock.pass(MINUTE, true);
  const { digest, claimedAt } = clock.state.sending!;
  const waking = (tried: number) => {
    const late = { ...clock.state, dueAt: claimedAt + HOUR, digest, sending: { digest, claimedAt: tried } };
    return gather(late, [failure(2, clock.now)], [], claimedAt + 2 * HOUR, GATHER)?.wake;
  };
  expect(waking(claimedAt + 118 * MINUTE)).toBe(false);
  expect(waking(claimedAt + 109 * MINUTE)).toBe(true);
});

test('a mail that was put off is tried at its time and not before, and is asked for by no notice', () => {
  clock.fail(1);
  clock.pass(MINUTE, true);
  const { digest, claimedAt } = clock.state.sending!;
  const until = claimedAt + 2 * HOUR;
  const sending = { digest, claimedAt, putOff: { since: claimedAt, until } };
  const state = { ...clock.state, dueAt: claimedAt + HOUR, digest, sending };
  expect(flush(state, 0, until - 1)).toEqual({ action: 'wait', until });
  expect(flush(state, 0, until).action).toBe('mail');
  const waking = (now: number) => gather(state, [failure(2, now)], [], now, GATHER)?.wake;
  expect(waking(until + MINUTE)).toBe(false);
  expect(waking(until + 11 * MINUTE)).toBe(true);
});

test('what is kept has a bound, whatever fails', () => {
  for (let n = 0; n < 2_000; n++) clock.take([failure(n, clock.now, `type.${n}`)], []);
  for (let n = 0; n < 50; n++) {
    clock.change(n % 2 === 0 ? 'failing' : 'recovered');
    clock.now += 1;
  }
  const { digest, known } = clock.state;
  expect(digest?.failures).toBe(2_000);
  expect(Object.keys(digest?.types ?? {})).toHaveLength(11);
  expect(digest?.types['other types']).toBe(1_990);
  expect(digest?.errors.map(({ error }) => error)).toEqual(
    [1995, 1996, 1997, 1998, 1999].map((n) => `error ${n}`),
  );
  expect(digest?.changes).toHaveLength(10);
  expect(known).toHaveLength(200);
  expect(Buffer.byteLength(JSON.stringify(clock.state))).toBeLessThan(6_000);
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DeliveryCourse,
  type DeliveryMessage,
  type DeliveryState,
  judgeReceipt,
  laterAttempt,
  SHOWN_STATE,
} from '../../core/delivery.ts';

const DUE = 1704067200_000;
const GRACE = 120_000;

function messageFor(attempt: number): DeliveryMessage {
  return { tenantId: 'ten_1', eventId: 'evt_1', endpointId: 'ep_1', acceptedAt: 1, attempt };
}

/** Asks for a new schedule of a delivery that had so many attempts. */
function newSchedule(base: number): DeliveryMessage {
  return { ...messageFor(base + 1), base };
}

test.each<[DeliveryState | 'nothing', number, number, string]>([
  // recorded, after attempts, the message asks for, then
  ['nothing', 0, 1, 'send'],
  ['nothing', 0, 2, 'drop'],
  ['pending', 0, 1, 'send'],
  ['pending', 0, 2, 'drop'],
  ['retrying', 1, 1, 'wait'],
  ['retrying', 1, 2, 'send'],
  ['retrying', 1, 3, 'drop'],
  ['retrying', 3, 1, 'drop'],
  ['retrying', 3, 2, 'drop'],
  ['retrying', 3, 3, 'wait'],
  ['retrying', 3, 4, 'send'],
  ['succeeded', 1, 1, 'drop'],
  ['succeeded', 1, 2, 'drop'],
  ['failed', 3, 3, 'drop'],
  ['failed', 3, 4, 'drop'],
  ['discarded', 0, 1, 'drop'],
  ['discarded', 1, 2, 'drop'],
])('recorded: %s after %i; the message asks for attempt %i: %s', (state, attempts, attempt, action) => {
  const nextAttemptAt = state === 'retrying' ? DUE : undefined;
  const recorded = state === 'nothing' ? undefined : { state, attempts, nextAttemptAt };
  const wanted = action === 'wait' ? { action, until: DUE + GRACE } : { action };
  expect(judgeReceipt(messageFor(attempt), recorded, DUE + GRACE - 1, GRACE)).toEqual(wanted);
  // What should have followed is overdue, and so was lost: every message but a later one's asks for it again.
  const isLost = state === 'retrying' && attempt <= attempts;
  const later = isLost ? { action: 'resume', attempt: attempts + 1 } : wanted;
  expect(judgeReceipt(messageFor(attempt), recorded, DUE + GRACE, GRACE)).toEqual(later);
});

test.each<[DeliveryState | 'nothing', number, number, number, string]>([
  // recorded, after attempts, of which earlier schedules made, a new schedule behind attempts, then
  ['nothing', 0, 0, 0, 'send'],
  ['nothing', 0, 0, 3, 'drop'],
  ['discarded', 0, 0, 0, 'send'],
  ['discarded', 2, 0, 2, 'send'],
  ['discarded', 2, 0, 0, 'drop'],
  ['failed', 3, 0, 3, 'send'],
  ['failed', 3, 0, 2, 'drop'],
  ['failed', 3, 0, 4, 'drop'],
  ['failed', 6, 3, 6, 'send'],
  ['failed', 6, 3, 3, 'drop'],
  ['succeeded', 3, 0, 3, 'drop'],
  ['succeeded', 4, 3, 3, 'drop'],
  // A retry of the schedule that a repeated page would begin again is due.
  ['retrying', 4, 3, 3, 'wait'],
  ['retrying', 5, 3, 3, 'drop'],
  ['retrying', 1, 0, 0, 'wait'],
  // A retry of another schedule is due.
  ['retrying', 3, 0, 3, 'drop'],
  ['retrying', 7, 6, 3, 'drop'],
])(
  'recorded: %s after %i, %i of them before; a new schedule behind %i: %s',
  (state, attempts, before, base, action) => {
    const nextAttemptAt = state === 'retrying' ? DUE : undefined;
    const recorded =
      state === 'nothing' ? undefined : { state, attempts, base: before || undefined, nextAttemptAt };
    const wanted = action === 'wait' ? { action, until: DUE + GRACE } : { action };
    expect(judgeReceipt(newSchedule(base), recorded, DUE + GRACE - 1, GRACE)).toEqual(wanted);
  },
);

test('a message for a later attempt asks for no new schedule', () => {
  expect(laterAttempt(newSchedule(3), 5)).toEqual(messageFor(5));
});

test('the API shows states in the words of the guides', () => {
  expect(SHOWN_STATE).toEqual({
    pending: 'pending',
    retrying: 'retrying',
    succeeded: 'success',
    failed: 'failed',
    discarded: 'discarded',
  });
});

const LAST_ATTEMPT = 4;

/** A record and a queue in memory, with the writes of lambdas/adapters/deliver-one.ts and delivery-recorder.ts. */
class World {
  readonly queue: DeliveryMessage[] = [messageFor(1)];
  /** Messages that look again later. */
  readonly waiting: DeliveryMessage[] = [];
  /** How often each attempt was asked for, duplicates that the queue itself made aside. */
  readonly asked: number[] = [];
  now = DUE;
  readonly working: { readonly message: DeliveryMessage; readonly steps: Iterator<void> }[] = [];
  readonly log: number[] = [];
  recorded: DeliveryCourse | undefined;
  writer = 0;
  #writers = 0;
  readonly #succeedsAt: number;

  constructor(succeedsAt: number) {
    this.#succeedsAt = succeedsAt;
  }

  /** Conditional on the record being what it was: refused where the count or the state has changed. */
  record(read: DeliveryCourse | undefined, change: DeliveryCourse, writer: number): void {
    if (read?.attempts !== this.recorded?.attempts || read?.state !== this.recorded?.state) return;
    this.recorded = change;
    this.writer = writer;
    this.log.push(change.attempts);
  }

  /** One message's way. It may stop for good at any `yield`: a crash, after which the message comes back. */
  *deliver(message: DeliveryMessage, answerLost: boolean): Generator<void, void> {
    const read = this.recorded;
    const receipt = judgeReceipt(message, read, this.now, GRACE);
    yield;
    if (receipt.action === 'drop') return;
    if (receipt.action === 'wait') {
      this.waiting.push(message);
      return;
    }
    if (receipt.action === 'send') {
      const base = message.base ?? read?.base ?? 0;
      const state = this.#stateAfter(message.attempt, base);
      const nextAttemptAt = state === 'retrying' ? DUE : undefined;
      const change = { state, attempts: message.attempt, base, nextAttemptAt };
      const writer = ++this.#writers;
      yield;
      // Where the answer is lost, the SDK writes again, and the second write is refused by the first.
      for (let i = 0; i < (answerLost ? 2 : 1); i++) this.record(read, change, writer);
      yield;
      if (this.writer !== writer) {
        const again = judgeReceipt(message, this.recorded, this.now, GRACE);
        if (again.action === 'wait') this.waiting.push(message);
        if (again.action === 'resume') this.ask(again.attempt);
      } else if (state === 'retrying') this.ask(message.attempt + 1);
    }
    if (receipt.action === 'resume') this.ask(receipt.attempt);
    yield;
  }

  receive(index: number, answerLost: boolean): void {
    const [message] = this.queue.splice(index % this.queue.length, 1);
    if (message !== undefined) this.working.push({ message, steps: this.deliver(message, answerLost) });
  }

  /** Takes a worker one step on; a finished one has deleted its message. */
  step(index: number): void {
    const worker = this.working[index % this.working.length];
    if (worker?.steps.next().done) this.working.splice(this.working.indexOf(worker), 1);
  }

  ask(attempt: number): void {
    this.asked.push(attempt);
    this.queue.push(messageFor(attempt));
  }

  /** Asks for a new schedule, by what an index says that may be older than the record. */
  recover(which: number): void {
    const ends = this.log.filter((attempt) => attempt % LAST_ATTEMPT === 0);
    const base = ends[which % ends.length];
    if (base !== undefined) this.queue.push(newSchedule(base));
  }

  /** Lets everything that waits become overdue. */
  wakeUp(): void {
    this.now = DUE + GRACE;
    this.queue.push(...this.waiting.splice(0));
  }

  /** Nothing goes wrong any more: everything that is queued or under way comes to its end. */
  drain(): void {
    while (this.queue.length + this.working.length > 0) {
      if (this.working.length > 0) this.step(0);
      else this.receive(0, false);
    }
  }

  crash(index: number): void {
    const [worker] = this.working.splice(index % this.working.length, 1);
    if (worker !== undefined) this.queue.push(worker.message);
  }

  #stateAfter(attempt: number, base: number): DeliveryState {
    if (attempt >= this.#succeedsAt) return 'succeeded';
    return attempt - base < LAST_ATTEMPT ? 'retrying' : 'failed';
  }
}

const move = fc.record({
  what: fc.constantFrom('receive', 'step', 'step', 'step', 'crash', 'duplicate', 'stale'),
  which: fc.nat(1_000),
  answerLost: fc.boolean(),
});

test('duplicates, late messages and crashes at any moment lose no delivery and record no attempt twice', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: LAST_ATTEMPT + 1 }),
      fc.array(move, { maxLength: 80 }),
      (succeedsAt, moves) => {
        const world = new World(succeedsAt);
        for (const { what, which, answerLost } of moves) {
          const someMessage = [...world.queue, ...world.working.map(({ message }) => message)].at(-1);
          if (what === 'receive') world.receive(which, answerLost);
          else if (what === 'step') world.step(which);
          else if (what === 'crash') world.crash(which);
          else if (what === 'stale') world.queue.push(messageFor(1 + (which % (LAST_ATTEMPT + 1))));
          else if (someMessage !== undefined) world.queue.push(someMessage);
        }
        // Then nothing more goes wrong, and everything that is queued or under way comes to its end.
        world.drain();
        world.wakeUp();
        world.drain();
        const attempts = Math.min(succeedsAt, LAST_ATTEMPT);
        expect(world.log).toEqual(Array.from({ length: attempts }, (_, i) => i + 1));
        expect(world.recorded?.state).toBe(succeedsAt <= LAST_ATTEMPT ? 'succeeded' : 'failed');
      },
    ),
    { numRuns: 3_000 },
  );
});

test('without a crash, duplicates and late messages ask for no attempt a second time', () => {
  const harmless = move.filter(({ what }) => what !== 'crash' && what !== 'stale');
  fc.assert(
    fc.property(fc.array(harmless, { maxLength: 80 }), (moves) => {
      const world = new World(LAST_ATTEMPT + 1);
      for (const { what, which, answerLost } of moves) {
        const someMessage = [...world.queue, ...world.working.map(({ message }) => message)].at(-1);
        if (what === 'receive') world.receive(which, answerLost);
        else if (what === 'step') world.step(which);
        else if (someMessage !== undefined) world.queue.push(someMessage);
      }
      world.drain();
      expect(world.asked).toEqual([2, 3, 4]);
    }),
    { numRuns: 3_000 },
  );
});

test('new schedules, asked for at any moment and more than once, are whole, and one at a time', () => {
  const anything = fc.record({
    what: fc.constantFrom('receive', 'step', 'step', 'step', 'step', 'crash', 'duplicate', 'recover', 'wake'),
    which: fc.nat(1_000),
    answerLost: fc.boolean(),
  });
  const chances = fc.tuple(
    fc.integer({ min: 5, max: 20 }),
    fc.array(anything, { maxLength: 150 }),
    fc.nat(1_000),
  );
  fc.assert(
    fc.property(chances, ([succeedsAt, moves, which]) => {
      const world = new World(succeedsAt);
      for (const { what, which, answerLost } of moves) {
        const someMessage = [...world.queue, ...world.working.map(({ message }) => message)].at(-1);
        if (what === 'receive') world.receive(which, answerLost);
        else if (what === 'step') world.step(which);
        else if (what === 'crash') world.crash(which);
        else if (what === 'recover') world.recover(which);
        else if (what === 'wake') world.wakeUp();
        else if (someMessage !== undefined) world.queue.push(someMessage);
      }
      for (let round = 0; round < 3; round++) {
        world.recover(which + round);
        world.recover(which + round);
        world.drain();
        world.wakeUp();
        world.drain();
      }
      // Every attempt is recorded once, whoever asked for it, and every schedule was gone through to its end.
      const attempts = world.recorded?.attempts ?? 0;
      expect(world.log).toEqual(Array.from({ length: attempts }, (_, i) => i + 1));
      if (world.recorded?.state === 'succeeded') expect(attempts).toBe(succeedsAt);
      else expect([world.recorded?.state, attempts % LAST_ATTEMPT]).toEqual(['failed', 0]);
    }),
    { numRuns: 3_000 },
  );
});

test('without a crash, a new schedule that is asked for twice asks for none of its attempts twice', () => {
  const harmless = fc.record({
    what: fc.constantFrom('receive', 'step', 'step', 'step', 'duplicate', 'recover'),
    which: fc.nat(1_000),
    answerLost: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(harmless, { maxLength: 150 }), (moves) => {
      const world = new World(Number.POSITIVE_INFINITY);
      for (const { what, which, answerLost } of moves) {
        const someMessage = [...world.queue, ...world.working.map(({ message }) => message)].at(-1);
        if (what === 'receive') world.receive(which, answerLost);
        else if (what === 'step') world.step(which);
        else if (what === 'recover') world.recover(which);
        else if (someMessage !== undefined) world.queue.push(someMessage);
      }
      world.drain();
      const retries = world.log.filter((attempt) => attempt % LAST_ATTEMPT !== 1);
      expect(world.asked).toEqual(retries);
    }),
    { numRuns: 3_000 },
  );
});

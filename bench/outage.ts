import {
  type AttemptResult,
  type Circuit,
  type CircuitSettings,
  drainCircuit,
  type EndpointHealth,
  isSuccessNoted,
  openCircuit,
  planTurn,
  type Tally,
  tally,
} from '../core/circuit.ts';
import { judgeAtCircuit } from '../core/circuit-receipt.ts';
import {
  type DeliveryCourse,
  type DeliveryMessage,
  judgeReceipt,
  laterAttempt,
  RETRY_GRACE_MS,
} from '../core/delivery.ts';
import { advanceLap, FIRST_LAP, type Lap, MAX_WINDOW, turnPause } from '../core/drain.ts';
import { chooseCarrier, nextAttemptAt } from '../core/next-attempt.ts';
import { BATCH, groupResults } from './batch.ts';
import { VirtualClock } from './clock.ts';
import { noResult, type Outage, type OutageResult } from './outage-result.ts';
import { BenchReceiver } from './receiver.ts';
import { WaitingLine } from './waiting-line.ts';

/** As the stack sets it: twice the delivering function's time. */
const SETTLED_AFTER_MS = 90_000;

/**
 * Plays an outage on a virtual clock by the rules of `core/`: what a message means, when the next attempt is due and what
 * carries it, when the circuit opens, probes and drains. The queue is instant. What a turn of draining sends on comes in batches
 * of up to ten; each other message is a batch of its own, as at one delivery a second.
 */
export function playOutage(outage: Outage): OutageResult {
  const play = new Play(outage);
  for (let n = 0; n < outage.events; n++) {
    const acceptedAt = Math.floor((n * outage.outageMs) / outage.events);
    const message = { tenantId: 't', eventId: String(n), endpointId: 'e', acceptedAt, attempt: 1 };
    play.clock.at(acceptedAt, () => play.queue([message]));
  }
  play.clock.runAll();
  return play.result;
}

interface Attempt extends AttemptResult {
  readonly message: DeliveryMessage;
  /** The endpoint's, as it was read before. */
  readonly read: EndpointHealth;
  readonly durationMs: number;
}

class Play {
  readonly clock = new VirtualClock();
  readonly result = noResult();
  readonly #outage: Outage;
  readonly #records = new Map<string, DeliveryCourse>();
  readonly #waiting = new WaitingLine();
  #health: EndpointHealth = { run: 0 };
  readonly #receiver: BenchReceiver;
  #underWay = 0;

  constructor(outage: Outage) {
    this.#outage = outage;
    this.#receiver = new BenchReceiver(outage.outageMs, outage.answerMs, outage.capacity);
  }

  /** Puts messages on the queue. What is put there at once comes as full batches. */
  queue(messages: readonly DeliveryMessage[]): void {
    this.result.messages += messages.length;
    for (let from = 0; from < messages.length; from += BATCH) {
      const attempts = messages.slice(from, from + BATCH).flatMap((message) => this.#receive(message) ?? []);
      for (const group of groupResults(attempts)) {
        this.clock.at(this.clock.now + group.afterMs, () => this.#settle(group.attempts));
      }
    }
  }

  /** @returns the attempt that is made, if any is */
  #receive(message: DeliveryMessage): Attempt | undefined {
    this.result.received++;
    const { now } = this.clock;
    const recorded = this.#records.get(message.eventId);
    const read = this.#health;
    const judged = judgeReceipt(message, recorded, now, RETRY_GRACE_MS);
    const rest = { exempt: false, graceMs: RETRY_GRACE_MS };
    const receipt = judgeAtCircuit(message, judged, read.circuit, recorded, now, rest);
    if (receipt.action === 'park') {
      const dueAt = recorded?.nextAttemptAt ?? now;
      this.#park(message, { state: 'pending', attempts: 0, ...recorded, nextAttemptAt: dueAt });
    } else if (receipt.action === 'release') {
      this.#record(message, { ...recorded!, waiting: undefined });
      this.#carry(message, receipt.until);
    } else if (receipt.action === 'send') {
      return this.#attempt(message, read);
    } else if (receipt.action !== 'drop') {
      throw new Error(`A message without crashes never means ${receipt.action}.`);
    }
    return undefined;
  }

  #attempt(message: DeliveryMessage, read: EndpointHealth): Attempt {
    const { delivered, durationMs } = this.#receiver.ask(this.clock.now, this.#outage.dialect.timeoutMs);
    const endedAt = this.clock.now + durationMs;
    this.result.requests++;
    this.result.attemptMs += durationMs;
    if (message.probe) this.result.probes++;
    if (!delivered) this.result.vain++;
    this.#underWay++;
    this.result.mostUnderWay = Math.max(this.result.mostUnderWay, this.#underWay);
    this.clock.at(endedAt, () => this.#underWay--);
    return { message, read, delivered, durationMs, endedAt };
  }

  #settle(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) this.#conclude(attempt.message, attempt.read, attempt);
    const [first] = attempts;
    if (first && this.#outage.circuit) this.#note(first.read, tally(attempts), this.#outage.circuit);
  }

  /** Records an attempt, and puts the next one on its way: by a carrier, or, while the circuit is open, by waiting. */
  #conclude(message: DeliveryMessage, read: EndpointHealth, { delivered, endedAt }: AttemptResult): void {
    const { attempt } = message;
    // Later attempts are items of their own.
    if (attempt > 1) this.result.deliveryWrites++;
    if (delivered) {
      this.result.succeeded++;
      this.result.deliveredAt.push(endedAt);
      this.#record(message, { state: 'succeeded', attempts: attempt });
      return;
    }
    const dueAt = nextAttemptAt(this.#outage.dialect, { attempt, endedAt }, 0.5);
    if (dueAt === undefined) {
      this.result.failed++;
      this.#record(message, { state: 'failed', attempts: attempt });
      return;
    }
    const course = { state: 'retrying', attempts: attempt, nextAttemptAt: dueAt } as const;
    const next = laterAttempt(message, attempt + 1);
    if (read.circuit?.state === 'open') {
      this.#park(next, course);
    } else {
      this.#record(message, course);
      this.#carry(next, dueAt);
    }
  }

  #carry(message: DeliveryMessage, dueAt: number): void {
    const carrier = chooseCarrier(dueAt, this.clock.now);
    if (carrier.by === 'schedule') this.result.schedules++;
    this.clock.at(dueAt, () => this.queue([message]));
  }

  #park(message: DeliveryMessage, course: DeliveryCourse): void {
    this.#record(message, { ...course, waiting: true });
    this.#waiting.put(laterAttempt(message, course.attempts + 1));
  }

  /** A unit for the record, one for a change of its entry in the index, and one more where the entry moves. */
  #record({ eventId }: DeliveryMessage, course: DeliveryCourse): void {
    const before = this.#records.get(eventId);
    const [from, to] = [before, course].map(
      (one) => one && one.state !== 'succeeded' && (one.waiting ? 'waiting' : one.state),
    );
    const moved = from && to && from !== to ? 1 : 0;
    this.result.deliveryWrites += 1 + (from || to ? 1 : 0) + moved;
    this.#records.set(eventId, course);
    if (!course.waiting) this.#waiting.remove(eventId);
  }

  #note(read: EndpointHealth, counted: Tally, settings: CircuitSettings): void {
    const { now } = this.clock;
    const { circuit, failedAt } = this.#health;
    const { failures, lastAt } = counted;
    if (counted.succeeded && isSuccessNoted(read, counted)) {
      this.result.endpointWrites++;
      const drains = read.circuit?.state === 'open' && circuit?.state === 'open';
      const seen = read.circuit || failures > 0 ? (lastAt ?? failedAt) : undefined;
      this.#health = drains
        ? { run: 0, circuit: drainCircuit(circuit, now) }
        : { run: failures, failedAt: seen, circuit };
      if (drains) this.#planTurn();
      return;
    }
    if (failures === 0) return;
    this.result.endpointWrites++;
    const run = this.#health.run + failures;
    this.#health = { run, failedAt: lastAt, circuit };
    if (run < settings.failures || circuit?.state === 'open') return;
    this.result.endpointWrites++;
    this.result.openings++;
    this.#health = { ...this.#health, circuit: openCircuit(now, settings, circuit) };
    this.#planTurn();
  }

  #planTurn(at?: number, lap = FIRST_LAP): void {
    const { turn, turnAt, since } = this.#health.circuit as Circuit;
    this.result.turns++;
    this.clock.at(at ?? turnAt, () => this.#takeTurn(turn, since, lap));
  }

  #takeTurn(turn: number, since: number, given: Lap): void {
    const { circuit, failedAt } = this.#health;
    if (circuit?.turn !== turn) return;
    const { now } = this.clock;
    const lap = circuit.since === since ? given : FIRST_LAP;
    const underWay = lap.after === undefined ? 0 : this.#waiting.find(lap.lost, lap.after, MAX_WINDOW).length;
    const view = { active: true, failedAt, progress: { sent: lap.sent, underWay } };
    const { does, next } = planTurn(circuit, view, now, this.#outage.circuit!);
    this.result.endpointWrites++;
    this.#health = { ...this.#health, circuit: next };
    if (does === 'drain') {
      this.#drain(lap, next, underWay);
      return;
    }
    if (does === 'probe') this.#probe();
    this.#planTurn();
  }

  #probe(): void {
    const { now } = this.clock;
    const isDue = ({ eventId }: DeliveryMessage) => (this.#records.get(eventId)?.nextAttemptAt ?? 0) <= now;
    const [oldest] = this.#waiting.find(undefined, undefined, 1, isDue);
    if (oldest) this.queue([{ ...oldest, probe: true }]);
    if (this.#waiting.find(undefined, undefined, 1).length > 0) return;
    const { circuit, failedAt } = this.#health;
    const run = (this.#outage.circuit?.failures ?? 0) - 1;
    this.#health = { run, failedAt, circuit: drainCircuit(circuit!, now) };
  }

  #drain(lap: Lap, { window, failedAt }: Circuit, underWay: number): void {
    const { now } = this.clock;
    const room = Math.max(0, Math.floor(window) - underWay);
    const page = this.#waiting.find(lap.after, undefined, room);
    if (underWay + page.length > 0) {
      const orders = page.map(({ eventId }) => eventId);
      const pause = turnPause(window, failedAt !== undefined, page.length);
      this.#planTurn(now + pause, advanceLap(lap, underWay, orders, now));
      this.queue(page);
      return;
    }
    if (!lap.sweep) {
      this.#planTurn(now + SETTLED_AFTER_MS, { ...FIRST_LAP, sweep: true });
      return;
    }
    this.#health = { ...this.#health, circuit: undefined };
    this.result.endpointWrites++;
  }
}

/** What a receiver takes: so many requests a second; more of them wait their turn, or are refused at once with 503. */
export interface Capacity {
  readonly perSecond: number;
  readonly beyond: 'queues' | 'refuses';
}

/** What a receiver made of a request, and after how long. */
export interface Answer {
  readonly delivered: boolean;
  readonly durationMs: number;
}

/** To refuse is no work. */
const REFUSAL_MS = 5;

/** A receiver that answers nothing until the outage is over, and then as fast as it can. */
export class BenchReceiver {
  readonly #wellAt: number;
  readonly #answerMs: number;
  readonly #capacity: Capacity | undefined;
  /** When what queues is worked through. */
  #freeAt = 0;
  #second = 0;
  #taken = 0;

  constructor(wellAt: number, answerMs: number, capacity?: Capacity) {
    this.#wellAt = wellAt;
    this.#answerMs = answerMs;
    this.#capacity = capacity;
  }

  ask(now: number, timeoutMs: number): Answer {
    if (now + this.#answerMs < this.#wellAt) return { delivered: false, durationMs: timeoutMs };
    if (this.#capacity === undefined) return { delivered: true, durationMs: this.#answerMs };
    const { perSecond, beyond } = this.#capacity;
    return beyond === 'refuses' ? this.#refuse(now, perSecond) : this.#queue(now, perSecond, timeoutMs);
  }

  #refuse(now: number, perSecond: number): Answer {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#taken = 0;
    this.#second = second;
    const delivered = ++this.#taken <= perSecond;
    return { delivered, durationMs: delivered ? this.#answerMs : REFUSAL_MS };
  }

  /** It works through everything, what was given up meanwhile too: it cannot know. */
  #queue(now: number, perSecond: number, timeoutMs: number): Answer {
    this.#freeAt = Math.max(this.#freeAt, now) + 1000 / perSecond;
    const durationMs = this.#freeAt - now;
    const delivered = durationMs <= timeoutMs;
    return { delivered, durationMs: delivered ? durationMs : timeoutMs };
  }
}

import type { DeliveryChange } from './delivery-statements.ts';
import { type Entry, type NextAttempt, writeBatch } from './delivery-writer.ts';
import type { ReadEndpoint } from './endpoint-items.ts';

interface Waiting {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A result waits this long for others of its batch, so that a slow receiver keeps nobody's log back. */
const LONGEST_WAIT_MS = 400;
/** BatchExecuteStatement takes 25 statements. */
const FULL = 25;

/**
 * Records the results of one batch of messages, sharing the calls: as soon as all are there, or the first has waited
 * {@link LONGEST_WAIT_MS}.
 *
 * A result is recorded first and its retry put on its way after, and only then is its message done. A crash in between
 * brings the message back, which finds the record and resumes (core/delivery.ts). The other order could send twice.
 */
export class DeliveryRecorder {
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #expected: number;

  /** @param expected results that may come, each through {@link expect} */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /**
   * Records a result; resolves when it is recorded and what follows is on its way.
   * @param endpoint where an attempt was made: the endpoint as it was read before
   */
  record(change: DeliveryChange, dialect: string, endpoint?: ReadEndpoint): Promise<void> {
    return this.#add({ change, dialect, endpoint });
  }

  /** Puts a retry on its way whose cause is recorded already. */
  resume(next: NextAttempt): Promise<void> {
    return this.#add({ next });
  }

  /** Runs work that may bring one of the expected results. When it ends without one, the others wait for it no longer. */
  async expect<Result>(work: (settle: () => DeliveryRecorder) => Promise<Result>): Promise<Result> {
    let settled = false;
    try {
      return await work(() => {
        settled = true;
        return this;
      });
    } finally {
      if (!settled) {
        this.#expected--;
        this.#flushWhenComplete();
      }
    }
  }

  #add(entry: Entry): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#expected--;
    this.#waiting.push({ entry, resolve, reject });
    this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS);
    this.#flushWhenComplete();
    return promise;
  }

  #flushWhenComplete(): void {
    if (this.#waiting.length > 0 && (this.#expected <= 0 || this.#waiting.length >= FULL)) this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    writeBatch(batch.map(({ entry }) => entry)).then(
      (results) => {
        for (const [i, waiting] of batch.entries()) {
          if (results[i] === undefined) waiting.resolve();
          else waiting.reject(results[i]);
        }
      },
      (error) => {
        for (const waiting of batch) waiting.reject(error);
      },
    );
  }
}

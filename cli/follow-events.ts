import { setTimeout as sleep } from 'node:timers/promises';
import { PosthornApiError, PosthornConnectionError } from '../client/api-errors.ts';
import { type Call, makeCall } from '../client/http-client.ts';
import { parseJson } from '../core/json.ts';
import { type CommandContext, tenantQuery } from './command.ts';
import type { PolledEvent } from './forward.ts';

const PAUSE_MS = 1_000;
const PAUSE_AFTER_ERROR_MS = 5_000;

interface Page {
  readonly events: readonly PolledEvent[];
  readonly next_cursor: string;
}

/** Reads events in the order in which they were accepted, and knows how far it is. */
export class EventReader {
  /** `earliest`, `latest`, or a cursor: behind it is what was not handled yet. */
  after: string;
  /** Events that were accepted before are passed over, milliseconds since 1970. */
  readonly #from: number;
  readonly #call: Call;
  readonly #context: CommandContext;

  /** @param since a time, a cursor, or nothing for what is published from now on */
  constructor(context: CommandContext, since: string | undefined) {
    const { url, key } = context.settings;
    // The producer's digits are kept, as the platform keeps them.
    this.#call = makeCall({ baseUrl: url, apiKey: key, parse: parseJson });
    this.#context = context;
    const time = since !== undefined && /^\d{4}-/.test(since) ? Date.parse(since) : Number.NaN;
    this.#from = Number.isNaN(time) ? 0 : time;
    this.after = Number.isNaN(time) ? (since ?? 'latest') : 'earliest';
  }

  /** Takes its stand, so that nothing which is published from now on is missed. */
  async begin(): Promise<void> {
    if (this.after === 'latest') this.after = (await this.#poll(this.after)).next_cursor;
  }

  /** Whose events these are, where there are any: a tenant's key does not say. */
  async findTenant(): Promise<string | undefined> {
    const { events } = await this.#poll('earliest', 1);
    return events[0]?.tenant_id;
  }

  /** Reads on until it is told to end. What the API refuses ends it; what may pass by itself does not. */
  async follow(handle: (event: PolledEvent) => Promise<void>): Promise<void> {
    const { signal, json, print } = this.#context;
    while (!signal.aborted) {
      try {
        const { events, next_cursor } = await this.#poll(this.after);
        for (const event of events) {
          // What is left of the page comes again, from the cursor before it.
          if (signal.aborted) return;
          if (Date.parse(event.created_at) >= this.#from) await handle(event);
        }
        this.after = next_cursor;
        if (events.length === 0) await pause(PAUSE_MS, signal);
      } catch (error) {
        if (!mayPassLater(error)) throw error;
        if (!json) print(`${(error as Error).message} Trying again.`);
        await pause(PAUSE_AFTER_ERROR_MS, signal);
      }
    }
  }

  #poll(after: string, limit = 50): Promise<Page> {
    const query = { ...tenantQuery(this.#context), after, limit };
    return this.#call('GET', '/v1/events', { query }, { signal: this.#context.signal });
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

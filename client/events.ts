import { randomUUID } from 'node:crypto';
import { type AcceptedEvent, type BatchVerdict, EventsResource } from './generated.ts';
import type { Call, CallOptions } from './http-client.ts';

/** An event as its producer publishes it. */
export interface NewEvent {
  /** A dotted name, e.g. `order.paid`. */
  readonly type: string;
  readonly data: object;
  /** Makes publishing it again harmless. @default a random one */
  readonly id?: string;
  /** ISO 8601. @default when it is accepted */
  readonly occurred_at?: string;
  /** Whose it is: wanted with the operator's key only. */
  readonly tenant_id?: string;
}

export class Events extends EventsResource {
  readonly #call: Call;

  constructor(call: Call) {
    super(call);
    this.#call = call;
  }

  /** Publish an event. */
  publish(event: NewEvent, options?: CallOptions): Promise<AcceptedEvent> {
    return this.#call('POST', '/v1/events', { body: withId(event) }, options);
  }

  /** Publish up to 100 events; each has a verdict of its own, in their order. */
  publishBatch(events: readonly NewEvent[], options?: CallOptions): Promise<BatchVerdict> {
    return this.#call('POST', '/v1/events', { body: { events: events.map(withId) } }, options);
  }
}

/** The id is made here, so that a repeated attempt is the same event wherever the first one got to. */
function withId(event: NewEvent): NewEvent {
  return { ...event, id: event.id ?? `evt_${randomUUID().replaceAll('-', '')}` };
}

import type { DeliveryMessage } from '../core/delivery.ts';

/** Messages of the deliveries that wait for a circuit, in order of age: that of their events' numbers. */
export class WaitingLine {
  readonly #messages: (DeliveryMessage | undefined)[] = [];

  put(message: DeliveryMessage): void {
    this.#messages[Number(message.eventId)] = message;
  }

  remove(eventId: string): void {
    this.#messages[Number(eventId)] = undefined;
  }

  /** Finds those behind one event and up to another, oldest first. */
  find(
    after: string | undefined,
    upTo: string | undefined,
    limit: number,
    fits = (_: DeliveryMessage) => true,
  ): DeliveryMessage[] {
    const found: DeliveryMessage[] = [];
    const end = upTo === undefined ? this.#messages.length : Number(upTo) + 1;
    for (let n = after === undefined ? 0 : Number(after) + 1; n < end && found.length < limit; n++) {
      const message = this.#messages[n];
      if (message && fits(message)) found.push(message);
    }
    return found;
  }
}

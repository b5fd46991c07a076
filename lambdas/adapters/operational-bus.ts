import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { OperationalEvent } from '../../core/operational-event.ts';
import { AWS_TIMEOUTS } from './aws-timeouts.ts';
import { readEnvironment } from './environment.ts';

const eventBridge = new EventBridgeClient({ maxAttempts: 3, requestHandler: AWS_TIMEOUTS });

/** PutEvents' limit (EventBridge API reference). */
const ENTRIES_PER_CALL = 10;
const SOURCE = 'posthorn';

/**
 * Puts operational events on their bus, at least once: `id` tells a repetition.
 * @throws Error where the bus would not take one; which ones it took is then unknown
 */
export async function putOnBus(events: readonly OperationalEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += ENTRIES_PER_CALL) {
    const Entries = events.slice(start, start + ENTRIES_PER_CALL).map(({ id, type, at, data }) => ({
      EventBusName: readEnvironment('operationalBus'),
      Source: SOURCE,
      DetailType: type,
      Time: new Date(at),
      Detail: JSON.stringify({ id, ...data }),
    }));
    const { FailedEntryCount = 0, Entries: answers = [] } = await eventBridge.send(
      new PutEventsCommand({ Entries }),
    );
    const refused = answers.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (FailedEntryCount > 0)
      throw new Error(`The bus would not take ${FailedEntryCount} events (${refused?.ErrorCode}).`);
  }
}

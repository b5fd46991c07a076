import type { DeliveryMessage } from '../../core/delivery.ts';
import type { PlannedPage, Task } from '../../core/task.ts';
import type { QueuedDelivery } from './delivery-queue.ts';
import type { StoredEndpoint } from './endpoint-items.ts';

/** A page of a task's work: what is to be queued, and what it comes to. */
export interface TaskPage extends PlannedPage {
  readonly deliveries: readonly QueuedDelivery[];
}

/** What a kind of task does. A place is where it is, in the kind's own words; a task begins with an empty one. */
export interface TaskWork {
  /**
   * Counts a piece of what there is.
   * @returns where counting goes on, or the work begins where all is `counted`; undefined where not all of it can be seen yet
   */
  readonly count: (task: Task) => Promise<{ found: number; place: string; counted: boolean } | undefined>;
  /**
   * Reads the page that begins at the task's place.
   * @param to where it ends, where it was read before: then only what is still to be done up to there is in it
   * @returns undefined where there is no further page
   */
  readonly readPage: (task: Task, endpoint: StoredEndpoint, to?: string) => Promise<TaskPage | undefined>;
}

/** Asks for a new schedule of a delivery that had so many attempts. */
export function newSchedule(
  delivery: Omit<DeliveryMessage, 'attempt' | 'base' | 'resend'>,
  base: number,
): QueuedDelivery {
  const { tenantId, eventId, endpointId, acceptedAt } = delivery;
  return {
    message: { tenantId, eventId, endpointId, acceptedAt, attempt: base + 1, base },
    delaySeconds: 0,
  };
}

import type { StoredEvent } from '../../core/event.ts';
import { getEvent } from '../adapters/event-store.ts';

const EVENTS_AT_ONCE = 10;
/** A function answers at most 6 MB, in which a body is a JSON text: its escapes may double it. */
const MAX_DATA_BYTES = 2_000_000;

/**
 * Reads the events that lines of the journal name, as many as one answer can carry.
 * @returns the events, and how many of the lines were gone through: at least one
 */
export async function readEvents(
  tenantId: string,
  lines: readonly { readonly id: string }[],
): Promise<{ events: StoredEvent[]; read: number }> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (let start = 0; start < lines.length; start += EVENTS_AT_ONCE) {
    const some = lines.slice(start, start + EVENTS_AT_ONCE);
    const found = await Promise.all(some.map(({ id }) => getEvent(tenantId, id)));
    for (const [i, event] of found.entries()) {
      if (event === undefined) continue;
      bytes += Buffer.byteLength(event.dataText);
      if (bytes > MAX_DATA_BYTES && events.length > 0) return { events, read: start + i };
      events.push(event);
    }
  }
  return { events, read: lines.length };
}

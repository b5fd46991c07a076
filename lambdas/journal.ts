import type { DynamoDBStreamEvent } from 'aws-lambda';
import { exportExpired } from './adapters/expired-export.ts';
import { milestoneOf, noteMilestones } from './adapters/journal-milestones.ts';
import { appendToJournal, type JournalEntry } from './adapters/journal-store.ts';

/** A page must fit an item: 1,000 lines are about 100 KB before they are compressed. */
const LINES_PER_PAGE = 1_000;

/**
 * Writes down, tenant by tenant, which events were accepted, so that they can be listed and polled. An index would cost
 * every event a write unit; a journal page costs a batch of events a few. Events that expired are exported, where that is
 * asked for: the stream has no place for a third reader.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const byTenant = new Map<string, JournalEntry[]>();
  const milestones: string[] = [];
  for (const { dynamodb } of event.Records) {
    const { pk, y, a, g, k, op } = dynamodb?.NewImage ?? {};
    const milestone = milestoneOf({ pk });
    if (milestone !== undefined) milestones.push(milestone);
    const [tenantId, id] = pk?.S?.split('#') ?? [];
    // What is no event is the dispatcher's to report; here it would only be reported twice.
    if (!tenantId || !id || y?.S === undefined || a?.N === undefined) continue;
    // Neither somebody's try nor what the platform says of itself is among the tenant's events.
    if (g !== undefined || op !== undefined) continue;
    const entries = byTenant.get(tenantId) ?? [];
    entries.push({
      id,
      type: y.S,
      acceptedAt: Number(a.N),
      ...(k?.N !== undefined && { keptDays: Number(k.N) }),
    });
    byTenant.set(tenantId, entries);
  }
  for (const [tenantId, entries] of byTenant) {
    for (let start = 0; start < entries.length; start += LINES_PER_PAGE) {
      await appendToJournal(tenantId, entries.slice(start, start + LINES_PER_PAGE));
    }
  }
  // Behind all entries: that one is passed says that what came before it is written.
  await noteMilestones(milestones, Date.now());
  // Last, so that an export that is out of reach holds up no entry.
  await exportExpired(event.Records);
}

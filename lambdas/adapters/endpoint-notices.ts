import type { DigestDue, EndpointChanged, FailedDelivery } from '../../core/notice.ts';
import { type EndpointName, getAlerting } from './alert-store.ts';
import { gatherAlert, mailDigest } from './endpoint-alerts.ts';
import { clearChanges } from './endpoint-changes-store.ts';
import { getDeletedEndpoint } from './endpoint-lists.ts';
import { occurrencesOf } from './endpoint-occurrences.ts';
import { queueNotices } from './notice-queue.ts';
import { announce } from './operational-events.ts';

/** Notices about an endpoint. */
export type EndpointNotice = FailedDelivery | EndpointChanged | DigestDue;

/** A write takes less than this, its repetitions included: what is not there by then never comes. */
const WRITTEN_MS = 60_000;

/**
 * A notice is queued ahead of the change that it is about, so it comes once more. What stands there may be another change,
 * which came before.
 */
async function lookAgain(notices: readonly EndpointNotice[], now: number): Promise<void> {
  const early = notices.find((notice) => notice.kind === 'endpoint' && !notice.again);
  if (early?.kind === 'endpoint') await queueNotices([{ ...early, again: true }], now, now + WRITTEN_MS);
}

/**
 * Follows notices of one endpoint: tells of its failed deliveries and of every change that stands on it, takes them in for
 * the next mail, and only then takes the changes off. A crash in between brings the notices back; what was told is known by
 * its id.
 */
export async function handleEndpoint(notices: readonly EndpointNotice[], now: number): Promise<void> {
  const [first] = notices;
  if (first === undefined) return;
  const name: EndpointName = { tenantId: first.tenantId, endpointId: first.endpointId };
  const read = await getAlerting(name);
  const { endpoint } = read;
  const failures = notices.filter((notice) => notice.kind === 'delivery');
  if (endpoint === undefined) return tellOfDeleted(name, failures, now);
  const changes = endpoint.changes ?? [];
  if (failures.length > 0 || changes.length > 0) {
    // An operational endpoint that fails is no subject of operational webhooks: it would feed itself.
    await announce(occurrencesOf(endpoint, failures, changes), !endpoint.operational, now);
    const unasked = changes.filter(({ byHand }) => !byHand);
    await gatherAlert(name, read, failures, unasked, now);
  }
  if (changes.length > 0) await clearChanges(name.tenantId, name.endpointId, changes);
  await lookAgain(notices, now);
  for (const notice of notices) {
    if (notice.kind === 'digest') await mailDigest(notice, await getAlerting(name), now);
  }
}

/** Programs are told which deliveries of a deleted endpoint failed; nobody is mailed any more. */
async function tellOfDeleted(
  { tenantId, endpointId }: EndpointName,
  failures: readonly FailedDelivery[],
  now: number,
): Promise<void> {
  if (failures.length === 0) return;
  const deleted = await getDeletedEndpoint(tenantId, endpointId);
  if (deleted) await announce(occurrencesOf(deleted, failures, []), !deleted.operational, now);
}

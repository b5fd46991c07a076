import type { KeyRevoked } from '../../core/notice.ts';
import { describeOccurrence } from '../../core/operational-event.ts';
import { getKey } from './key-store.ts';
import { queueNotices } from './notice-queue.ts';
import { announce } from './operational-events.ts';

/** A request takes less than this: what it has not deleted by then it never will. */
const SETTLED_MS = 60_000;
const LOOK_AGAIN_MS = 30_000;

/**
 * Tells that a key was revoked, once it is gone. The notice is queued before the key is deleted, so that no revocation goes
 * untold; one that was not carried out is not told.
 */
export async function announceKey(notice: KeyRevoked, now: number): Promise<void> {
  const { tenantId, keyId, accessKey, scope, name, at } = notice;
  if ((await getKey(accessKey)) !== undefined) {
    if (now < at + SETTLED_MS) await queueNotices([notice], now, now + LOOK_AGAIN_MS);
    return;
  }
  const facts = { key_id: keyId, scope, name, revoked_at: new Date(at).toISOString() };
  await announce([describeOccurrence('key.revoked', [keyId], tenantId, at, facts)], true, now);
}

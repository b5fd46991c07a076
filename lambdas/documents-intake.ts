import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { placeOfKey } from '../core/document-key.ts';
import { type ObjectNotice, takeDeletion, takeRemoval, takeUpload } from './adapters/document-intake.ts';
import { documentPrefixes } from './adapters/document-prefixes.ts';
import { logError, logInfo } from './adapters/log.ts';
import { measure, writeMetrics } from './adapters/metrics.ts';
import { realVersion } from './adapters/object-store.ts';
import { getCachedTenant } from './adapters/tenant-cache.ts';
import { getTenant, type Tenant } from './adapters/tenant-store.ts';
import { sendHops } from './adapters/tracing.ts';
import { validate } from './middleware/validation.ts';

/** S3's notification as EventBridge hands it on; the key is not URL-encoded there. */
const notificationSchema = z.looseObject({
  'detail-type': z.enum(['Object Created', 'Object Deleted']),
  time: z.iso.datetime({ offset: true }),
  detail: z.looseObject({
    bucket: z.looseObject({ name: z.string() }),
    object: z.looseObject({
      key: z.string(),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string(),
    }),
    'deletion-type': z.enum(['Permanently Deleted', 'Delete Marker Created']).optional(),
  }),
});
type Notification = z.output<typeof notificationSchema>;

/**
 * Turns what happens in the documents' bucket into documents and their events. S3, EventBridge and the queue deliver at
 * least once and in any order. A message fails alone, and goes to the dead letters after its tries.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(event.Records.map((record) => takeOrReport(record, Date.now())));
  writeMetrics();
  await sendHops();
  return { batchItemFailures: failures.flat() };
}

async function takeOrReport(record: SQSRecord, now: number): Promise<{ itemIdentifier: string }[]> {
  try {
    await take(validate(notificationSchema, JSON.parse(record.body), '', ['detail']), now);
    return [];
  } catch (error) {
    const { messageId, attributes } = record;
    const tries = Number(attributes.ApproximateReceiveCount);
    logError('a notification of the documents bucket was not taken', error, { messageId, tries });
    return [{ itemIdentifier: messageId }];
  }
}

/** What is not published is never made up for: a tenant that was disabled a moment ago is read anew. */
async function findOwner(tenantId: string): Promise<Tenant | undefined> {
  const cached = await getCachedTenant(tenantId);
  return cached === undefined || cached.status === 'active' ? cached : getTenant(tenantId);
}

async function take(notification: Notification, now: number): Promise<void> {
  const { bucket, object, 'deletion-type': deletion } = notification.detail;
  const place = placeOfKey(object.key, documentPrefixes());
  const isUpload = notification['detail-type'] === 'Object Created';
  const tenant = place && (await findOwner(place.tenantId));
  // A disabled tenant keeps its documents, and gets further ones.
  if (place === undefined || tenant === undefined || tenant.status === 'deleting') {
    // Nothing would change by trying again: whoever put it there must be told by a person.
    logInfo('an object belongs to no tenant', {
      bucket: bucket.name,
      key: object.key,
      tenant: tenant?.status,
    });
    return measure('objectsWithoutTenant', 1);
  }
  const notice: ObjectNotice = {
    bucket: bucket.name,
    key: object.key,
    place,
    versionId: realVersion(object['version-id']),
    etag: object.etag,
    sequencer: object.sequencer,
    time: Date.parse(notification.time),
  };
  if (isUpload) return takeUpload(notice, tenant, now);
  if (deletion === 'Delete Marker Created') return takeDeletion(notice);
  return takeRemoval(notice);
}

import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { parseJson } from '../core/json.ts';
import { logError } from './adapters/log.ts';
import { publishEvent } from './adapters/traced-events.ts';
import { sendHops } from './adapters/tracing.ts';
import { validate } from './middleware/validation.ts';
import { ownId } from './operations/common.ts';
import { eventSchema } from './operations/publish-schemas.ts';
import { conflict, readEvent } from './operations/read-event.ts';

/** What EventBridge hands on; it has members of its own beside these. */
const busEventSchema = z.looseObject({
  id: ownId,
  'detail-type': eventSchema.shape.type,
  detail: z.unknown(),
});
/** What a producer puts into it. */
const detailSchema = eventSchema.omit({ type: true }).required({ tenant_id: true });

/**
 * Publishes the events that producers put on the bus. EventBridge and the queue both deliver at least once: an event that
 * comes again has the same id, and is known by it.
 *
 * What cannot be accepted is never dropped: after its tries the queue lays it with the dead letters, whole, and the log
 * has the reason. That holds for an id that its tenant has used for other content too.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(event.Records.map((record) => acceptOrReport(record, Date.now())));
  await sendHops();
  return { batchItemFailures: failures.flat() };
}

async function acceptOrReport(record: SQSRecord, now: number): Promise<{ itemIdentifier: string }[]> {
  try {
    await accept(record.body, now);
    return [];
  } catch (error) {
    const { messageId, attributes } = record;
    const tries = Number(attributes.ApproximateReceiveCount);
    logError('an event from the bus was not accepted', error, { messageId, tries });
    return [{ itemIdentifier: messageId }];
  }
}

/** The body stays a text up to here, so that no number lost digits on its way. */
async function accept(body: string, now: number): Promise<void> {
  const busEvent = validate(busEventSchema, parseJson(body), '', ['detail']);
  const detail = validate(detailSchema, busEvent.detail, 'detail.', ['data']);
  const input = { ...detail, id: detail.id ?? busEvent.id, type: busEvent['detail-type'] };
  const event = await readEvent(detail.tenant_id, input, now, 'detail.');
  const { result } = await publishEvent(event);
  if (result === 'conflict') throw conflict(event);
}

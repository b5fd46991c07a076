import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { judgeRead, type Platform } from '../core/object-read.ts';
import { takeRead } from './adapters/download-intake.ts';
import { readEnvironment } from './adapters/environment.ts';
import { logError, logInfo } from './adapters/log.ts';
import { measure, writeMetrics } from './adapters/metrics.ts';
import { sendHops } from './adapters/tracing.ts';
import { validate } from './middleware/validation.ts';

/** CloudTrail's record of an API call, as EventBridge hands it on; it has many members beside these. */
const recordSchema = z.looseObject({
  detail: z.looseObject({
    eventName: z.string(),
    eventTime: z.iso.datetime({ offset: true }),
    sourceIPAddress: z.string().optional(),
    errorCode: z.string().optional(),
    userIdentity: z.looseObject({
      type: z.string().optional(),
      principalId: z.string().optional(),
      arn: z.string().optional(),
      accountId: z.string().optional(),
      accessKeyId: z.string().optional(),
      sessionContext: z
        .looseObject({ sessionIssuer: z.looseObject({ arn: z.string().optional() }).optional() })
        .optional(),
    }),
    requestParameters: z.looseObject({
      bucketName: z.string(),
      key: z.string(),
      versionId: z.string().optional(),
      'X-Amz-Date': z.string().optional(),
      'X-Amz-Expires': z.string().optional(),
    }),
    additionalEventData: z.looseObject({ bytesTransferredOut: z.number().optional() }).nullish(),
  }),
});

/**
 * An object that is not known may be one whose upload has not been taken yet. It is looked for so many times, some minutes
 * in all; then it is none of ours, or lay in the bucket before the platform did.
 */
const LOOKS = 3;

/**
 * Turns reads of the documents' bucket into downloads and their events, where that is how downloads are told of. Records
 * come late, more than once and in any order. A message fails alone, and goes to the dead letters after its tries.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(event.Records.map((record) => takeOrReport(record, Date.now())));
  writeMetrics();
  await sendHops();
  return { batchItemFailures: failures.flat() };
}

async function takeOrReport(message: SQSRecord, now: number): Promise<{ itemIdentifier: string }[]> {
  const { messageId, attributes } = message;
  const tries = Number(attributes.ApproximateReceiveCount);
  try {
    const { detail } = validate(recordSchema, JSON.parse(message.body), '', ['detail']);
    const read = judgeRead({ ...detail, additionalEventData: detail.additionalEventData ?? {} }, platform());
    if (typeof read === 'string') return [];
    if ((await takeRead(read, now)) !== 'unknown_object') return [];
    if (tries < LOOKS) return [{ itemIdentifier: messageId }];
    logInfo('an object that was read is no document', { key: read.key, tries });
    measure('readsWithoutDocument', 1);
    return [];
  } catch (error) {
    logError('a read of the documents bucket was not taken', error, { messageId, tries });
    return [{ itemIdentifier: messageId }];
  }
}

function platform(): Platform {
  return {
    bucket: readEnvironment('documentsBucket'),
    linkRoleArn: readEnvironment('downloadLinkRoleArn'),
    ownRoleArns: readEnvironment('ownReaderRoleArns').split(','),
  };
}

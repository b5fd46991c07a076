import { type CfnRule, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { recordedKeyFilter } from './key-filter.ts';
import type { PlatformSettings } from './platform-settings.ts';
import type { WorkQueue } from './queues.ts';
import { ReadTrail } from './read-trail.ts';

/** How the platform hears of documents that are read, whoever reads them: S3 itself tells nobody, CloudTrail does. */
export class Reads extends Construct {
  constructor(
    scope: Construct,
    id: string,
    settings: PlatformSettings,
    { queue, deadLetters }: WorkQueue,
    documents: IBucket,
  ) {
    super(scope, id);
    if (settings.downloadsTrail) new ReadTrail(this, 'Trail', settings, documents);
    const rule = new Rule(this, 'Rule', {
      description: 'Takes every read of a document that succeeded',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['s3.amazonaws.com'],
          eventName: ['GetObject'],
          errorCode: [{ exists: false }],
          requestParameters: {
            bucketName: [documents.bucketName],
            ...recordedKeyFilter(settings.documentPrefixes),
          },
        },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters })],
    });
    // "Enabled" leaves out what CloudTrail records of read-only management. A read is data, so it would do; this holds
    // however AWS draws that line, and lets nothing more through, since the pattern names one call.
    (rule.node.defaultChild as CfnRule).state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
  }
}

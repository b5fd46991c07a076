import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { makeStack } from './synthesize.ts';

const { stack } = makeStack({ alertSender: { email: 'alerts@example.com' } });

/** Rule and construct of every exception, with its reason. */
function exceptions(scope: IConstruct): [string, string][] {
  return scope.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([rule, reason]): [string, string] => [
        `${readable(rule)} ${construct.node.path.replace('posthorn/Platform/', '')}`,
        reason,
      ]),
  );
}

function readable(rule: string): string {
  return rule
    .replace(/^annotation::/i, '')
    .replace(/<Platform(\w+)[0-9A-F]{8}\.Arn>/, '<$1>')
    .replace(/arn:.*:identity\/\*/, 'identities of SES')
    .replace(/arn:.*:schedule\/.*Group-\w+\/\*/, 'schedules of the group');
}

test.each([
  ['anywhere', undefined],
  ['in a named account and region', { account: '123456789012', region: 'eu-central-1' }],
])('the stack passes the checks of AWS Solutions, %s', (_case, env) => {
  const { app } = makeStack({ alertSender: { email: 'alerts@example.com' } }, env);
  const report = new AwsSolutionsChecks(app).validateScope(app);
  expect(report).toEqual({ success: true, violations: [] });
});

test('each exception is known and says why', () => {
  const found = exceptions(stack);
  expect(found.map(([where]) => where).sort()).toEqual([
    'AwsSolutions-APIG4 Api/Default',
    'AwsSolutions-APIG4 Api/Document',
    'AwsSolutions-APIG4 Api/Documents',
    'AwsSolutions-APIG4 Api/Manage',
    'AwsSolutions-APIG4 Api/Publish',
    // X-Ray's PutTraceSegments knows no resources.
    ...['BusIntake', 'Deliver', 'Dispatch', 'DocumentsApi', 'DocumentsIntake', 'FanOut', 'Publish'].map(
      (name) => `AwsSolutions-IAM5[Resource::*] ${name}Role`,
    ),
    'AwsSolutions-IAM5[Resource::<DocumentsBucket>/*] Documents/DownloadLinksRole',
    'AwsSolutions-IAM5[Resource::<DocumentsBucket>/*] Documents/UploadLinksRole',
    'AwsSolutions-IAM5[Resource::<DocumentsBucket>/*] DocumentsIntakeRole',
    'AwsSolutions-IAM5[Resource::<StorageDeliveries>/stream/*] ObserveRole',
    'AwsSolutions-IAM5[Resource::<StorageEvents>/stream/*] DispatchRole',
    'AwsSolutions-IAM5[Resource::<StorageEvents>/stream/*] JournalRole',
    'AwsSolutions-IAM5[Resource::identities of SES] AlertsRole',
    'AwsSolutions-IAM5[Resource::schedules of the group] DeliverRole',
    'AwsSolutions-S1 Documents/Bucket',
    'AwsSolutions-SMG4 Mail/LinkKey',
    'AwsSolutions-SMG4 Secrets/OperatorKey',
    'AwsSolutions-SQS3 Queues/Poison',
    'AwsSolutions-SQS3 Queues/ScheduleDeadLetters',
  ]);
  for (const [, reason] of found) expect(reason.length).toBeGreaterThan(40);
});

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { nameOf, reference, resource, synthesize } from './synthesize.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const template = synthesize({ alarmEmail: 'ops@example.com' });
const alarms = Object.entries(template.findResources(ALARM)).map(([id, { Properties }]) => ({
  name: nameOf(id).replace(/^Alarms/, ''),
  ...Properties,
})) as { name: string; AlarmDescription: string; AlarmActions: unknown[] }[];

test.each([
  ['DeliveryDeadLetters', 'QueuesDeliveryDeadLetters'],
  ['FanOutDeadLetters', 'QueuesFanOutDeadLetters'],
  ['BusDeadLetters', 'QueuesBusDeadLetters'],
  ['DocumentsDeadLetters', 'QueuesDocumentsDeadLetters'],
  ['PoisonRecords', 'QueuesPoison'],
  ['ScheduleDeadLetters', 'QueuesScheduleDeadLetters'],
])('%s fires at the first message', (name, queue) => {
  const alarm = resource(template, ALARM, `Alarms/${name}`).Properties;
  expect(alarm).toMatchObject({
    MetricName: 'ApproximateNumberOfMessagesVisible',
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 0,
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  });
  expect(reference(alarm.Dimensions[0].Value)).toBe(queue);
});

test.each([
  ['DispatchBehind', 'IteratorAge', 'Dispatch', 60_000],
  ['JournalBehind', 'IteratorAge', 'Journal', 300_000],
  ['DeliveriesBehind', 'ApproximateAgeOfOldestMessage', 'QueuesDelivery', 1800],
])('%s fires when %s of %s stays above %i', (name, metric, target, threshold) => {
  const alarm = resource(template, ALARM, `Alarms/${name}`).Properties;
  expect(alarm).toMatchObject({
    MetricName: metric,
    Threshold: threshold,
    EvaluationPeriods: 5,
    Statistic: 'Maximum',
  });
  expect(reference(alarm.Dimensions[0].Value)).toBe(target);
});

test('every queue of dead letters has an alarm, and every alarm reaches the topic', () => {
  expect(alarms).toHaveLength(9);
  for (const { AlarmActions } of alarms) expect(AlarmActions.map(reference)).toEqual(['AlarmsTopic']);
});

test('every description names a section of the runbook that exists', () => {
  const runbook = new URL('../../docs/operations.md', import.meta.url);
  const anchors = (existsSync(runbook) ? readFileSync(runbook, 'utf8') : '')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .trim()
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
  const named = alarms.map(({ AlarmDescription }) => AlarmDescription.split('docs/operations.md#')[1]);
  expect(anchors).toEqual(expect.arrayContaining(named));
});

test('CloudWatch may publish to the topic, over TLS only, and the operator is mailed', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
  const statements = Object.values(template.findResources('AWS::SNS::TopicPolicy'))[0]?.Properties
    .PolicyDocument.Statement;
  expect(statements).toContainEqual(
    expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    }),
  );
  expect(statements).toContainEqual(
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  );
});

test('nobody is mailed unless an address is given', () => {
  synthesize().resourceCountIs('AWS::SNS::Subscription', 0);
});

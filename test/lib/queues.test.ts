import { expect, test } from '@jest/globals';
import { permissions, reference, resource, synthesize } from './synthesize.ts';

const QUEUE = 'AWS::SQS::Queue';
const DAY = 86_400;
const template = synthesize();
const paths = [
  'Queues/Delivery',
  'Queues/DeliveryDeadLetters',
  'Queues/FanOut',
  'Queues/FanOutDeadLetters',
  'Queues/Bus',
  'Queues/BusDeadLetters',
  'Queues/Notices',
  'Queues/NoticeDeadLetters',
  'Queues/Documents',
  'Queues/DocumentsDeadLetters',
  'Queues/Poison',
  'Queues/ScheduleDeadLetters',
];
const queue = (path: string) => resource(template, QUEUE, path).Properties;

test('there are no other queues', () => template.resourceCountIs(QUEUE, paths.length));

test.each(paths)('%s is encrypted, standard, and refuses plain connections', (path) => {
  expect(queue(path)).toMatchObject({ SqsManagedSseEnabled: true });
  expect(queue(path).FifoQueue).toBeUndefined();
  const policies = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
  const own = policies.find((policy) => reference(policy.Properties.Queues[0]) === path.replace('/', ''));
  const statements: { Effect: string }[] = own?.Properties.PolicyDocument.Statement;
  expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
    expect.objectContaining({ Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  ]);
  expect(statements.filter(({ Effect }) => Effect === 'Allow')).toHaveLength(
    /Bus|Documents/.test(path) ? 1 : 0,
  );
});

test.each([
  ['Queues/Delivery', 'Deliver', 'QueuesDeliveryDeadLetters'],
  ['Queues/FanOut', 'FanOut', 'QueuesFanOutDeadLetters'],
  ['Queues/Bus', 'BusIntake', 'QueuesBusDeadLetters'],
  ['Queues/Notices', 'Alerts', 'QueuesNoticeDeadLetters'],
  ['Queues/Documents', 'DocumentsIntake', 'QueuesDocumentsDeadLetters'],
])('%s hides a message for six timeouts of %s, five times, for four days', (path, consumer, deadLetters) => {
  const { Timeout } = resource(template, 'AWS::Lambda::Function', consumer).Properties;
  const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = queue(path);
  expect(VisibilityTimeout).toBe(6 * Timeout);
  expect(MessageRetentionPeriod).toBe(4 * DAY);
  expect(RedrivePolicy.maxReceiveCount).toBe(5);
  expect(reference(RedrivePolicy.deadLetterTargetArn)).toBe(deadLetters);
});

test.each([
  'Queues/DeliveryDeadLetters',
  'Queues/FanOutDeadLetters',
  'Queues/BusDeadLetters',
  'Queues/DocumentsDeadLetters',
  'Queues/Poison',
  'Queues/ScheduleDeadLetters',
])('%s keeps what nothing could process for as long as SQS can', (path) => {
  expect(queue(path).MessageRetentionPeriod).toBe(14 * DAY);
  expect(queue(path).RedrivePolicy).toBeUndefined();
});

test.each([
  'Queues/Delivery',
  'Queues/FanOut',
  'Queues/Bus',
  'Queues/Documents',
  'Queues/Poison',
  'Queues/ScheduleDeadLetters',
])('%s takes no other queue for its dead letters', (path) =>
  expect(queue(path).RedriveAllowPolicy).toEqual({ redrivePermission: 'denyAll' }),
);

test('retry schedules are in a group of their own', () => {
  template.hasResourceProperties('AWS::Scheduler::ScheduleGroup', {
    Name: 'posthorn-Platform-Schedules-Group-8DD17F6F',
  });
});

test('schedules act as a role that puts messages on the delivery queue or gives them up, and nothing else', () => {
  expect(permissions(template, 'SchedulesRole')).toEqual([
    'sqs:SendMessage QueuesDelivery',
    'sqs:SendMessage QueuesScheduleDeadLetters',
  ]);
});

test('only schedules of that group in this account may act as the role', () => {
  const [statement] = resource(template, 'AWS::IAM::Role', 'Schedules/Role').Properties
    .AssumeRolePolicyDocument.Statement;
  expect(statement.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
  expect(statement.Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  expect(reference(statement.Condition.ArnEquals['aws:SourceArn'])).toMatch(/SchedulesGroup/);
});

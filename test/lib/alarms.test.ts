import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DIALECTS } from '../../core/dialects/index.ts';
import { nameOf, type Resource, reference, resource, synthesize } from './synthesize.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const template = synthesize({
  alarmEmail: 'ops@example.com',
  alertSender: { email: 'alerts@example.com' },
  exportExpired: true,
});
const alarms = Object.entries(template.findResources(ALARM)).map(([id, { Properties }]) => ({
  name: nameOf(id).replace(/^Alarms/, ''),
  ...Properties,
})) as { name: string; AlarmDescription: string; AlarmActions: unknown[] }[];

test.each([
  ['DeliveryDeadLetters', 'QueuesDeliveryDeadLetters'],
  ['FanOutDeadLetters', 'QueuesFanOutDeadLetters'],
  ['BusDeadLetters', 'QueuesBusDeadLetters'],
  ['DocumentsDeadLetters', 'QueuesDocumentsDeadLetters'],
  ['NoticeDeadLetters', 'QueuesNoticeDeadLetters'],
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
  ['StatisticsBehind', 'IteratorAge', 'Observe', 1_800_000],
  ['DeliveriesBehind', 'ApproximateAgeOfOldestMessage', 'QueuesDelivery', 1800],
  ['FanOutBehind', 'ApproximateAgeOfOldestMessage', 'QueuesFanOut', 1800],
  ['BusBehind', 'ApproximateAgeOfOldestMessage', 'QueuesBus', 1800],
  ['DocumentsBehind', 'ApproximateAgeOfOldestMessage', 'QueuesDocuments', 1800],
  ['NoticesBehind', 'ApproximateAgeOfOldestMessage', 'QueuesNotices', 1800],
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

test.each([
  ['PublishThrottled', 'Throttles', 'Publish', 0],
  ['DispatchThrottled', 'Throttles', 'Dispatch', 0],
  ['DeliverThrottled', 'Throttles', 'Deliver', 0],
])('%s fires when %s of %s go on', (name, metric, target, threshold) => {
  const alarm = resource(template, ALARM, `Alarms/${name}`).Properties;
  expect(alarm).toMatchObject({
    MetricName: metric,
    Threshold: threshold,
    // Calls that come now and then leave minutes without data between.
    EvaluationPeriods: 5,
    DatapointsToAlarm: 3,
    Statistic: 'Sum',
  });
  expect(reference(alarm.Dimensions[0].Value)).toBe(target);
});

test.each(['Publish', 'Manage', 'Dispatch', 'Deliver'])('%s is watched for its timeout', (name) => {
  const alarm = resource(template, ALARM, `Alarms/${name}NearTimeout`).Properties;
  const { Timeout } = resource(template, 'AWS::Lambda::Function', name).Properties;
  expect(alarm).toMatchObject({
    MetricName: 'Duration',
    ExtendedStatistic: 'p99',
    Threshold: Timeout * 800,
    EvaluationPeriods: 5,
  });
  expect(reference(alarm.Dimensions[0].Value)).toBe(name);
});

test('no receiver may take so long that waiting for it looks like a timeout of the delivering function', () => {
  const { Threshold } = resource(template, ALARM, 'Alarms/DeliverNearTimeout').Properties;
  const longest = Math.max(...Object.values(DIALECTS).map(({ timeoutMs }) => timeoutMs));
  expect(longest + 5_000).toBeLessThan(Threshold);
});

test.each([
  ['ScheduleErrors', 'TargetErrorCount', 15, 2],
  ['ScheduleDrops', 'InvocationDroppedCount', 1, undefined],
  ['ScheduleLosses', 'InvocationsFailedToBeSentToDeadLetterCount', 1, undefined],
])('%s fires when schedules of the group have %s', (name, MetricName, EvaluationPeriods, bad) => {
  const alarm = resource(template, ALARM, `Alarms/${name}`).Properties;
  expect(alarm).toMatchObject({ Namespace: 'AWS/Scheduler', MetricName, Threshold: 0, EvaluationPeriods });
  expect(alarm.DatapointsToAlarm).toBe(bad);
  expect(alarm.Dimensions).toMatchObject([{ Name: 'ScheduleGroup' }]);
});

test.each([
  ['ApiErrors', ['5xx Sum', 'Count SampleCount'], 1],
  ['AttemptsFailing', ['FailedAttempts Sum', 'FailedAttempts SampleCount'], 50],
])('%s is a share, of a hundred calls at least', (name, metrics, Threshold) => {
  const { Metrics, ...alarm } = resource(template, ALARM, `Alarms/${name}`).Properties;
  expect(alarm).toMatchObject({ Threshold });
  const [{ Expression }, ...parts] = Metrics;
  expect(Expression).toBe('IF(calls >= 100, 100 * errors / calls, 0)');
  expect(
    parts.map(
      ({ MetricStat }: { MetricStat: Resource['Properties'] }) =>
        `${MetricStat.Metric.MetricName} ${MetricStat.Stat}`,
    ),
  ).toEqual(metrics);
});

test('a local stack goes without the alarms that the local AWS would refuse', () => {
  const local = synthesize({ production: false, allowLocalReceivers: true });
  const found = Object.values(local.findResources(ALARM)).filter(({ Properties }) => Properties.Metrics);
  expect(found).toEqual([]);
});

test('every alarm reaches the topic and stands on the dashboard', () => {
  expect(alarms).toHaveLength(29);
  for (const { AlarmActions } of alarms) expect(AlarmActions.map(reference)).toEqual(['AlarmsTopic']);
  const { DashboardBody } = resource(template, 'AWS::CloudWatch::Dashboard', 'Dashboard').Properties;
  const body = reference(DashboardBody);
  expect(alarms.map(({ name }) => name).filter((name) => !body.includes(`Alarms${name}`))).toEqual([]);
});

test('the dashboard shows every function and every queue', () => {
  const { DashboardBody } = resource(template, 'AWS::CloudWatch::Dashboard', 'Dashboard').Properties;
  const shown = (DashboardBody['Fn::Join'][1] as unknown[])
    .filter((part) => typeof part === 'object')
    .map(reference);
  const all = ['AWS::Lambda::Function', 'AWS::SQS::Queue'].flatMap((type) =>
    Object.keys(template.findResources(type)).map(nameOf),
  );
  expect(all.filter((name) => !shown.includes(name))).toEqual([]);
});

test('a queue that nothing works through has an alarm', () => {
  const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  const worked = mappings.map(({ Properties }) => reference(Properties.EventSourceArn));
  const idle = Object.keys(template.findResources('AWS::SQS::Queue'))
    .map(nameOf)
    .filter((name) => !worked.includes(name));
  expect(idle.map((name) => name.replace(/^Queues/, '')).sort()).toEqual(
    [...alarms.map(({ name }) => name)]
      .filter((name) => /DeadLetters$|^PoisonRecords$/.test(name))
      .map((name) => name.replace('PoisonRecords', 'Poison'))
      .sort(),
  );
});

describe('the runbook', () => {
  const runbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const sections = new Map(
    runbook
      .split(/^## /m)
      .slice(1)
      .map((section) => [anchorOf(section.split('\n', 1)[0] ?? ''), section]),
  );
  const named = alarms.map(({ AlarmDescription }) => AlarmDescription.split('docs/operations.md#')[1] ?? '');

  test.each([...new Set(named)])(
    'has a section %s: what it means, how to look, what to do, with commands',
    (anchor) => {
      const section = sections.get(anchor) ?? '';
      expect(section).toMatch(/\*\*Means\.\*\*/);
      expect(section).toMatch(/\*\*Look( and do)?[.*]/);
      expect(section).toMatch(/\*\*(Do\.|Look and do)/);
      expect(section).toMatch(/```sh\n/);
    },
  );

  test('says how to redrive every queue of dead letters that has a source', () => {
    for (const queue of ['DeliveryDeadLetter', 'FanOutDeadLetter', 'BusDeadLetter', 'DocumentsDeadLetter']) {
      expect(runbook).toMatch(
        new RegExp(`start-message-move-task --source-arn "\\$\\(arn ${queue}QueueUrl\\)"`),
      );
    }
  });

  test('has a policy that allows every command on the page', () => {
    const [, policy = '{}'] = /^```json\n(\{\n {2}"Version"[^`]*)```$/m.exec(runbook) ?? [];
    const allowed = JSON.parse(policy).Statement.flatMap(
      ({ Action }: { Action: string | string[] }) => Action,
    );
    const commands = [...runbook.matchAll(/\baws\s+([a-z\d-]+)\s+([a-z\d-]+)/g)];
    const needed = commands.flatMap(([, service = '', command = '']) => actionsOf(service, command));
    expect(needed.length).toBeGreaterThan(40);
    expect([...new Set(needed)].filter((action) => !allowed.includes(action))).toEqual([]);
  });

  test('looks for texts that its helper can put between quotes', () => {
    const texts = [...runbook.matchAll(/^lines \w+ (.*)$/gm)].map(([, text = '']) =>
      text.replace(/ +#.*$/, ''),
    );
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(text).toMatch(/^(\w+|"[^"]+"|'[^'"]+')$/);
  });
});

/** What a command of the AWS CLI needs; most are called as their action is. */
function actionsOf(service: string, command: string): string[] {
  const odd: Record<string, string[]> = {
    's3 rm': ['s3:ListBucket', 's3:DeleteObject'],
    'lambda invoke': ['lambda:InvokeFunction'],
  };
  const prefix = service.replace('service-quotas', 'servicequotas').replace('sesv2', 'ses');
  const action = command.replaceAll(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());
  return odd[`${service} ${command}`] ?? [`${prefix}:${action}`];
}

/** The anchor that a heading gets. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

test('CloudWatch may publish to the topic, over TLS only, and the operator is mailed', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'ops@example.com',
  });
  const policies = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
  const own = policies.find(({ Properties }) => reference(Properties.Topics[0]) === 'AlarmsTopic');
  const statements = own?.Properties.PolicyDocument.Statement;
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

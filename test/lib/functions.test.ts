import { expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { ENV } from '../../core/environment-names.ts';
import { nameOf, reference, resource, synthesize } from './synthesize.ts';

const FUNCTION = 'AWS::Lambda::Function';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const template = synthesize();
const names = [
  'Publish',
  'Manage',
  'Dispatch',
  'FanOut',
  'Deliver',
  'Journal',
  'Observe',
  'Redispatch',
  'BusIntake',
  'DocumentsIntake',
  'DocumentsApi',
  'Alerts',
];
const fn = (name: string, from = template) => resource(from, FUNCTION, name).Properties;

test('there are no other functions, helpers of the CDK included', () => {
  const found = Object.keys(template.findResources(FUNCTION)).map(nameOf);
  expect(found.sort()).toEqual([...names].sort());
  const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
    ({ Type }) => Type,
  );
  expect(types.filter((type) => type.startsWith('Custom::') || type.includes('CustomResource'))).toEqual([]);
});

test.each(names)('%s runs on Node 24, arm64, and logs JSON to a group that forgets', (name) => {
  expect(fn(name)).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' },
  });
  expect(reference(fn(name).LoggingConfig.LogGroup)).toBe(`${name}Log`);
  expect(resource(template, 'AWS::Logs::LogGroup', `${name}Log`).Properties.RetentionInDays).toBe(30);
  expect(reference(fn(name).Role)).toBe(`${name}Role`);
});

test('log retention is a setting', () => {
  const groups = Object.values(synthesize({ logRetentionDays: 7 }).findResources('AWS::Logs::LogGroup'));
  expect(groups.map((group) => group.Properties.RetentionInDays)).toEqual(groups.map(() => 7));
});

test('publishing has no concurrency of its own until it is given some', () => {
  expect(fn('Publish').ReservedConcurrentExecutions).toBeUndefined();
  expect(fn('Publish', synthesize({ publishReservedConcurrency: 200 })).ReservedConcurrentExecutions).toBe(
    200,
  );
});

test.each([
  ['by default', undefined, 500],
  ['as set', 50, 50],
])('deliveries take a bounded share of the account, %s', (_case, deliverMaxConcurrency, expected) => {
  synthesize({ deliverMaxConcurrency }).hasResourceProperties(MAPPING, {
    ...sourceOf('Queues', 'Delivery'),
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumBatchingWindowInSeconds: Match.absent(),
    ScalingConfig: { MaximumConcurrency: expected },
  });
});

test.each([
  ['fan-out message', 'FanOut', 20],
  ['event from the bus', 'Bus', 50],
  ['notification of the bucket', 'Documents', 50],
  ['notice', 'Notices', 5],
])('a %s succeeds or fails on its own', (_what, queue, MaximumConcurrency) => {
  template.hasResourceProperties(MAPPING, {
    ...sourceOf('Queues', queue),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency },
  });
});

test.each([
  ['Dispatch', 100, 0],
  ['Journal', 1000, 1],
])(
  '%s reads the stream from its start, %i inserts at a time, and gives bad ones up',
  (name, batch, window) => {
    const mappings = Object.values(template.findResources(MAPPING));
    const own = mappings.find((mapping) => reference(mapping.Properties.FunctionName) === name)?.Properties;
    expect(own).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: batch,
      MaximumBatchingWindowInSeconds: window,
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 21_600,
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    });
    expect(reference(own?.EventSourceArn)).toBe('StorageEvents.stream');
    expect(reference(own?.DestinationConfig.OnFailure.Destination)).toBe('QueuesPoison');
  },
);

test('the deliveries are observed in windows of a minute, by one reader for each shard', () => {
  const mapping = Object.values(template.findResources(MAPPING)).find(
    ({ Properties }) => reference(Properties.FunctionName) === 'Observe',
  )?.Properties;
  expect(mapping).toMatchObject({
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 1000,
    MaximumBatchingWindowInSeconds: 5,
    TumblingWindowInSeconds: 60,
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: true,
    MaximumRecordAgeInSeconds: 21_600,
    FilterCriteria: {
      Filters: [
        { Pattern: '{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"D"}]}}}}' },
      ],
    },
  });
  expect(reference(mapping?.EventSourceArn)).toBe('StorageDeliveries.stream');
  expect(reference(mapping?.DestinationConfig.OnFailure.Destination)).toBe('QueuesPoison');
});

test('the dispatcher waits for a batch to fill where it is told to', () => {
  synthesize({ dispatchBatchingWindowSeconds: 2 }).hasResourceProperties(MAPPING, {
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 2,
  });
});

test.each(names)('%s may only be called in a circle where it continues its own work', (name) => {
  const expected = ['FanOut', 'Deliver', 'Alerts'].includes(name) ? 'Allow' : 'Terminate';
  expect(fn(name).RecursiveLoop).toBe(expected);
});

test('settings reach the functions that read them', () => {
  const dialect = { name: 'probe' } as never;
  const set = synthesize({
    production: false,
    retentionDays: 7,
    allowLocalReceivers: true,
    maxQueueDelaySeconds: 5,
    retryGraceSeconds: 9,
    circuitFailures: 3,
    circuitProbeSeconds: 4,
    circuitLongestProbeSeconds: 8,
    disableAfterDays: 2,
    extraDialects: [dialect],
    deliverMemoryMb: 2048,
  });
  const variables = fn('Deliver', set).Environment.Variables;
  expect(variables).toMatchObject({
    [ENV.retentionDays]: '7',
    [ENV.allowLocalReceivers]: 'true',
    [ENV.maxQueueDelaySeconds]: '5',
    [ENV.retryGraceSeconds]: '9',
    [ENV.extraDialects]: '[{"name":"probe"}]',
  });
  for (const name of ['Deliver', 'FanOut'] as const) {
    expect(JSON.parse(fn(name, set).Environment.Variables[ENV.circuitRules])).toEqual({
      failures: 3,
      firstProbeMs: 4_000,
      longestProbeMs: 8_000,
      disableAfterMs: 2 * 86_400_000,
    });
  }
  expect(fn('Deliver', set).MemorySize).toBe(2048);
  expect(fn('Publish', set).Environment.Variables[ENV.retentionDays]).toBe('7');
  expect(fn('Manage', set).Environment.Variables[ENV.allowLocalReceivers]).toBe('true');
});

test('local receivers are refused unless somebody asks for them', () => {
  expect(fn('Deliver').Environment.Variables[ENV.allowLocalReceivers]).toBe('false');
  expect(fn('Manage').Environment.Variables[ENV.allowLocalReceivers]).toBe('false');
});

function sourceOf(...path: string[]) {
  return {
    EventSourceArn: {
      'Fn::GetAtt': [Match.stringLikeRegexp(`^Platform${path.join('')}[0-9A-F]{8}$`), 'Arn'],
    },
  };
}

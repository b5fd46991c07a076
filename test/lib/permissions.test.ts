import { expect, test } from '@jest/globals';
import { nameOf, permissions, reference, resource, synthesize } from './synthesize.ts';

const template = synthesize({ alertSender: { email: 'alerts@example.com' } });
const SES = 'arn:AWS::Partition:ses:AWS::Region:AWS::AccountId';
const BOUND = '{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":"tenant_id"}}';
const TO_SCHEDULER = '{"StringEquals":{"iam:PassedToService":"scheduler.amazonaws.com"}}';
const SCHEDULES =
  'arn:AWS::Partition:scheduler:AWS::Region:AWS::AccountId:schedule/posthorn-Platform-Schedules-Group-8DD17F6F/*';
const streamOf = (table: string) => [
  `dynamodb:DescribeStream ${table}.stream`,
  `dynamodb:GetRecords ${table}.stream`,
  `dynamodb:GetShardIterator ${table}.stream`,
  `dynamodb:ListStreams ${table}/stream/*`,
];
const STREAM = streamOf('StorageEvents');
const consume = (queue: string) =>
  ['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => `sqs:${action} ${queue}`);
const on = (target: string, ...actions: string[]) => actions.map((action) => `dynamodb:${action} ${target}`);

const LINK_ROLES = ['DocumentsDownloadLinksRole', 'DocumentsUploadLinksRole'];

/** Everything that each function may do beside writing its own log. */
const ALLOWED: Record<string, string[]> = {
  Publish: [
    ...on('StorageDirectory', 'GetItem', 'Query'),
    ...on('StorageEvents', 'PutItem'),
    'secretsmanager:GetSecretValue SecretsOperatorKey',
    'xray:PutTraceSegments *',
  ],
  Manage: [
    ...on('StorageDirectory', 'BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...on('StorageDirectory/index/by-kind', 'Query'),
    ...on('StorageEvents', 'GetItem', 'PutItem'),
    ...on('StorageDeliveries', 'BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...on('StorageDeliveries/index/by-trouble', 'Query'),
    ...on('StorageStats', 'GetItem', 'Query'),
    `kms:Decrypt SecretsDataKey ${BOUND}`,
    `kms:GenerateDataKey SecretsDataKey ${BOUND}`,
    'secretsmanager:GetSecretValue SecretsOperatorKey',
    'secretsmanager:GetSecretValue MailLinkKey',
    'sqs:SendMessage QueuesDelivery',
    'sqs:SendMessage QueuesFanOut',
    'sqs:SendMessage QueuesNotices',
  ],
  Alerts: [
    ...on('StorageDirectory', 'BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'),
    ...on('StorageEvents', 'PutItem'),
    'events:PutEvents OperationalBusEventBus',
    `ses:SendEmail ${SES}:configuration-set/MailConfigurationSet`,
    `ses:SendEmail ${SES}:identity/* {"StringEquals":{"ses:FromAddress":"alerts@example.com"}}`,
    'secretsmanager:GetSecretValue MailLinkKey',
    'sqs:SendMessage QueuesNotices',
    ...consume('QueuesNotices'),
  ],
  BusIntake: [
    ...on('StorageDirectory', 'GetItem', 'Query'),
    ...on('StorageEvents', 'PutItem'),
    ...consume('QueuesBus'),
    'xray:PutTraceSegments *',
  ],
  DocumentsIntake: [
    ...on('StorageDirectory', 'GetItem'),
    ...on('StorageDocuments', 'GetItem', 'PutItem', 'UpdateItem'),
    ...on('StorageEvents', 'PutItem'),
    ...['GetObject', 'GetObjectVersion'].map((action) => `s3:${action} DocumentsBucket/*`),
    's3:ListBucket DocumentsBucket',
    ...consume('QueuesDocuments'),
    'xray:PutTraceSegments *',
  ],
  DocumentsApi: [
    ...on('StorageDirectory', 'GetItem'),
    ...on('StorageDocuments', 'GetItem', 'Query'),
    ...on('StorageDocuments/index/by-time', 'Query'),
    ...on('StorageEvents', 'PutItem'),
    'secretsmanager:GetSecretValue SecretsOperatorKey',
    'sts:AssumeRole DocumentsDownloadLinksRole',
    'sts:AssumeRole DocumentsUploadLinksRole',
    'xray:PutTraceSegments *',
  ],
  Dispatch: [
    ...STREAM,
    ...on('StorageDirectory', 'BatchGetItem', 'Query'),
    'sqs:SendMessage QueuesDelivery',
    'sqs:SendMessage QueuesFanOut',
    'sqs:SendMessage QueuesPoison',
    'xray:PutTraceSegments *',
  ],
  FanOut: [
    ...on('StorageDirectory', 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'Query', 'UpdateItem'),
    ...on('StorageDirectory/index/by-kind', 'Query'),
    ...on('StorageEvents', 'BatchGetItem', 'BatchWriteItem', 'GetItem'),
    ...on('StorageDeliveries', 'BatchGetItem', 'BatchWriteItem', 'Query'),
    ...on('StorageDeliveries/index/by-trouble', 'Query'),
    ...on('StorageStats', 'BatchWriteItem', 'Query'),
    ...on('StorageDocuments', 'BatchWriteItem', 'Query'),
    ...consume('QueuesFanOut'),
    'sqs:SendMessage QueuesDelivery',
    'sqs:SendMessage QueuesFanOut',
    'xray:PutTraceSegments *',
  ],
  Deliver: [
    ...on('StorageDirectory', 'BatchGetItem', 'UpdateItem'),
    ...on('StorageEvents', 'BatchGetItem', 'GetItem'),
    ...on('StorageDeliveries', 'BatchGetItem', 'BatchWriteItem', 'PartiQLInsert', 'PartiQLUpdate'),
    ...consume('QueuesDelivery'),
    'sqs:SendMessage QueuesDelivery',
    'sqs:SendMessage QueuesNotices',
    'sqs:SendMessage QueuesFanOut',
    `scheduler:CreateSchedule ${SCHEDULES}`,
    `iam:PassRole SchedulesRole ${TO_SCHEDULER}`,
    `kms:Decrypt SecretsDataKey ${BOUND}`,
    'xray:PutTraceSegments *',
  ],
  Journal: [
    ...STREAM,
    ...on('StorageDirectory', 'BatchWriteItem', 'PutItem', 'Query'),
    'sqs:SendMessage QueuesPoison',
  ],
  Observe: [
    ...streamOf('StorageDeliveries'),
    ...on('StorageStats', 'BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate', 'UpdateItem'),
    'sqs:SendMessage QueuesPoison',
    'sqs:SendMessage QueuesNotices',
  ],
  Redispatch: [...on('StorageEvents', 'Scan'), 'sqs:SendMessage QueuesFanOut'],
};

test.each(Object.entries(ALLOWED))('%s may do this and nothing else', (name, allowed) => {
  const ownLog = [`logs:CreateLogStream ${name}Log`, `logs:PutLogEvents ${name}Log`];
  const found = permissions(template, `${name}Role`);
  expect([...new Set(found)]).toEqual([...allowed, ...ownLog].sort());
  expect(resource(template, 'AWS::IAM::Role', `${name}Role`).Properties.ManagedPolicyArns).toBeUndefined();
});

test.each([
  ['DocumentsDownloadLinksRole', ['GetObjectVersion']],
  ['DocumentsUploadLinksRole', ['PutObject']],
])(
  '%s signs links and can do nothing else, and the function of documents alone may take it',
  (name, actions) => {
    expect(permissions(template, name)).toEqual(actions.map((action) => `s3:${action} DocumentsBucket/*`));
    const role = resource(template, 'AWS::IAM::Role', name).Properties;
    const [trust, ...more] = role.AssumeRolePolicyDocument.Statement;
    expect(more).toEqual([]);
    expect(trust).toMatchObject({ Action: 'sts:AssumeRole', Effect: 'Allow' });
    expect(reference(trust.Principal.AWS)).toBe('DocumentsApiRole');
  },
);

test('no other role exists', () => {
  const roles = Object.keys(template.findResources('AWS::IAM::Role')).map(nameOf);
  expect(roles.sort()).toEqual(
    [...Object.keys(ALLOWED).map((name) => `${name}Role`), 'SchedulesRole', ...LINK_ROLES].sort(),
  );
});

test('wildcards stand only behind the stream of one table, the group of schedules, the bucket of documents and receivers', () => {
  const roles = Object.keys(template.findResources('AWS::IAM::Role')).map(nameOf);
  const wild = roles.flatMap((role) => permissions(template, role)).filter((line) => line.includes('*'));
  expect([...new Set(wild)].sort()).toEqual([
    'dynamodb:ListStreams StorageDeliveries/stream/*',
    'dynamodb:ListStreams StorageEvents/stream/*',
    's3:GetObject DocumentsBucket/*',
    's3:GetObjectVersion DocumentsBucket/*',
    's3:PutObject DocumentsBucket/*',
    `scheduler:CreateSchedule ${SCHEDULES}`,
    `ses:SendEmail ${SES}:identity/* {"StringEquals":{"ses:FromAddress":"alerts@example.com"}}`,
    'xray:PutTraceSegments *',
  ]);
});

test('one function sends mails and puts events on the operational bus, and only where there is a sender', () => {
  const lines = (from: typeof template) =>
    Object.keys(from.findResources('AWS::IAM::Role')).flatMap((id) =>
      permissions(from, nameOf(id)).map((line) => `${nameOf(id)} ${line}`),
    );
  const sends = (line: string) => / (ses|events):/.test(line);
  expect(
    new Set(
      lines(template)
        .filter(sends)
        .map((line) => line.split(' ')[0]),
    ),
  ).toEqual(new Set(['AlertsRole']));
  expect(lines(synthesize()).filter((line) => / ses:|LinkKey/.test(line))).toEqual([]);
});

test('what delivers cannot change an event, and what publishes cannot read a secret of an endpoint', () => {
  const writes =
    /dynamodb:(Put|Update|Delete|BatchWrite|PartiQLInsert|PartiQLUpdate|PartiQLDelete)\w* StorageEvents/;
  expect(permissions(template, 'DeliverRole').filter((line) => writes.test(line))).toEqual([]);
  expect(permissions(template, 'PublishRole').filter((line) => line.startsWith('kms:'))).toEqual([]);
});

test('nothing may be sent to X-Ray where nothing is traced', () => {
  const untraced = synthesize({ traceSampling: 0 });
  const roles = Object.keys(ALLOWED).flatMap((name) => permissions(untraced, `${name}Role`));
  expect(roles.filter((line) => line.startsWith('xray:'))).toEqual([]);
});

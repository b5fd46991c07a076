import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type PointInTimeRecoverySpecification,
  type StreamSpecification,
  type TimeToLiveSpecification,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { EnableKeyRotationCommand, GetKeyRotationStatusCommand, type KMSClient } from '@aws-sdk/client-kms';
import {
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  GetRandomPasswordCommand,
  type GetRandomPasswordRequest,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Drift } from './drift.ts';
import { readBucket, setBucket } from './drift-bucket.ts';

export interface Services {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly kms: KMSClient;
  readonly secrets: SecretsManagerClient;
  readonly s3: S3Client;
}

type Properties = Record<string, unknown>;

/** How one type is read back in the template's own terms, and how one property of it is set. */
export interface DriftService {
  readonly read: (services: Services, physicalId: string) => Promise<Properties>;
  readonly set: (services: Services, drift: Drift) => Promise<unknown>;
}

export const DRIFT_SERVICES: Readonly<Record<string, DriftService>> = {
  'AWS::DynamoDB::Table': { read: readTable, set: setTable },
  'AWS::SQS::Queue': { read: readQueue, set: setQueue },
  'AWS::Lambda::Function': { read: readFunction, set: setFunction },
  'AWS::Lambda::EventSourceMapping': { read: readMapping, set: setMapping },
  'AWS::SecretsManager::Secret': { read: readSecret, set: setSecret },
  'AWS::S3::Bucket': {
    read: ({ s3 }, bucket) => readBucket(s3, bucket),
    set: ({ s3 }, drift) => setBucket(s3, drift),
  },
  'AWS::KMS::Key': {
    read: readKey,
    set: ({ kms }, { resource }) => kms.send(new EnableKeyRotationCommand({ KeyId: resource.physicalId })),
  },
};

async function readTable({ dynamodb }: Services, TableName: string): Promise<Properties> {
  const [table, ttl, backups] = await Promise.all([
    dynamodb.send(new DescribeTableCommand({ TableName })),
    dynamodb.send(new DescribeTimeToLiveCommand({ TableName })),
    dynamodb.send(new DescribeContinuousBackupsCommand({ TableName })),
  ]);
  const timeToLive = ttl.TimeToLiveDescription;
  const recovery =
    backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  return {
    TimeToLiveSpecification: {
      Enabled: timeToLive?.TimeToLiveStatus === 'ENABLED' || timeToLive?.TimeToLiveStatus === 'ENABLING',
      AttributeName: timeToLive?.AttributeName,
    },
    StreamSpecification: table.Table?.StreamSpecification,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery === 'ENABLED' },
    DeletionProtectionEnabled: table.Table?.DeletionProtectionEnabled,
  };
}

async function setTable({ dynamodb }: Services, { resource, property, wanted }: Drift): Promise<unknown> {
  const TableName = resource.physicalId;
  if (property === 'TimeToLiveSpecification') {
    return dynamodb.send(
      new UpdateTimeToLiveCommand({ TableName, [property]: wanted as TimeToLiveSpecification }),
    );
  }
  if (property === 'PointInTimeRecoverySpecification') {
    return dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        [property]: wanted as PointInTimeRecoverySpecification,
      }),
    );
  }
  if (property === 'StreamSpecification') {
    const StreamSpecification = { StreamEnabled: true, ...(wanted as Partial<StreamSpecification>) };
    return dynamodb.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  }
  return dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: wanted === true }));
}

async function readQueue({ sqs }: Services, QueueUrl: string): Promise<Properties> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return { ...Attributes, RedrivePolicy: Attributes.RedrivePolicy && JSON.parse(Attributes.RedrivePolicy) };
}

async function setQueue({ sqs }: Services, { resource, property, wanted }: Drift): Promise<unknown> {
  const value = typeof wanted === 'object' ? JSON.stringify(wanted) : String(wanted);
  const Attributes = { [property as QueueAttributeName]: value };
  return sqs.send(new SetQueueAttributesCommand({ QueueUrl: resource.physicalId, Attributes }));
}

async function readFunction({ lambda }: Services, FunctionName: string): Promise<Properties> {
  const { Configuration, Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  return { ...Configuration, ...Concurrency };
}

async function setFunction({ lambda }: Services, { resource, property, wanted }: Drift): Promise<unknown> {
  const FunctionName = resource.physicalId;
  if (property === 'ReservedConcurrentExecutions') {
    return lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, [property]: Number(wanted) }));
  }
  return lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, [property]: Number(wanted) }));
}

async function readMapping({ lambda }: Services, UUID: string): Promise<Properties> {
  return { ...(await lambda.send(new GetEventSourceMappingCommand({ UUID }))) };
}

async function setMapping({ lambda }: Services, { resource, property, wanted }: Drift): Promise<unknown> {
  return lambda.send(new UpdateEventSourceMappingCommand({ UUID: resource.physicalId, [property]: wanted }));
}

async function readKey({ kms }: Services, KeyId: string): Promise<Properties> {
  const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  return { EnableKeyRotation: KeyRotationEnabled };
}

/** Only the text itself is left to see: whether it looks as it was to be generated. */
async function readSecret({ secrets }: Services, SecretId: string): Promise<Properties> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const ExcludePunctuation = /^[A-Za-z0-9]*$/.test(SecretString);
  return { GenerateSecretString: { PasswordLength: SecretString.length, ExcludePunctuation } };
}

async function setSecret({ secrets }: Services, { resource, wanted }: Drift): Promise<unknown> {
  const { RandomPassword } = await secrets.send(
    new GetRandomPasswordCommand(wanted as GetRandomPasswordRequest),
  );
  return secrets.send(
    new PutSecretValueCommand({ SecretId: resource.physicalId, SecretString: RandomPassword }),
  );
}

import { isDeepStrictEqual } from 'node:util';

/**
 * What an emulator may drop without a word, per resource type. Seen with MiniStack 1.5.33, by deploying a stack that
 * sets all of them and reading each back:
 *
 * | Dropped on create                                   | Kept                                                   |
 * |-----------------------------------------------------|--------------------------------------------------------|
 * | table: TimeToLiveSpecification, PointInTimeRecovery | table: keys, indexes, stream, deletion protection      |
 * | function: ReservedConcurrentExecutions              | function: code, environment, timeout, memory           |
 * | secret: how its text is generated                   | secret: description, tags                              |
 * |                                                     | queue, event source mapping: everything watched below  |
 * | bucket: encryption, lifecycle                       | bucket: versioning, notifications, access block        |
 * |                                                     | key: rotation                                          |
 *
 * The kept ones are compared too: other releases dropped some of them, and an unset redrive policy is found late.
 */
export const WATCHED: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': [
    'TimeToLiveSpecification',
    'StreamSpecification',
    'PointInTimeRecoverySpecification',
    'DeletionProtectionEnabled',
  ],
  'AWS::SQS::Queue': [
    'RedrivePolicy',
    'MessageRetentionPeriod',
    'VisibilityTimeout',
    'DelaySeconds',
    'ReceiveMessageWaitTimeSeconds',
    'MaximumMessageSize',
  ],
  'AWS::Lambda::Function': ['ReservedConcurrentExecutions', 'Timeout', 'MemorySize'],
  'AWS::Lambda::EventSourceMapping': [
    'BatchSize',
    'MaximumBatchingWindowInSeconds',
    'FunctionResponseTypes',
    'FilterCriteria',
    'ScalingConfig',
    'DestinationConfig',
    'BisectBatchOnFunctionError',
    'MaximumRetryAttempts',
    'MaximumRecordAgeInSeconds',
    'ParallelizationFactor',
  ],
  'AWS::KMS::Key': ['EnableKeyRotation'],
  'AWS::SecretsManager::Secret': ['GenerateSecretString'],
  'AWS::S3::Bucket': ['VersioningConfiguration', 'BucketEncryption', 'LifecycleConfiguration'],
};

export interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** A resource that the template asks for, with the watched properties it sets, references resolved. */
export interface WantedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** One property that the service does not have as the template asks. */
export interface Drift {
  readonly resource: WantedResource;
  readonly property: string;
  readonly wanted: unknown;
  readonly got: unknown;
}

/** Gives the ARN of a resource of the stack, for `Fn::GetAtt … Arn`. */
export type ArnOf = (type: string, physicalId: string) => string | undefined;

/** The watched resources of a template, by the physical ids that CloudFormation answers. */
export function wantedResources(
  template: Template,
  physicalIds: Readonly<Record<string, string>>,
  arnOf: ArnOf,
): WantedResource[] {
  const resolve = (value: unknown): unknown => resolveReferences(value, template, physicalIds, arnOf);
  return Object.entries(template.Resources).flatMap(
    ([logicalId, { Type: type, Properties: properties = {} }]) => {
      const physicalId = physicalIds[logicalId];
      const watched = (WATCHED[type] ?? []).filter((name) => properties[name] !== undefined);
      if (physicalId === undefined || watched.length === 0) return [];
      const wanted = Object.fromEntries(watched.map((name) => [name, resolve(properties[name])]));
      return [{ logicalId, type, physicalId, properties: wanted }];
    },
  );
}

/** The differences between what is asked and what is there. Members that the service adds are not one. */
export function findDrift(resource: WantedResource, actual: Readonly<Record<string, unknown>>): Drift[] {
  return Object.entries(resource.properties).flatMap(([property, wanted]) =>
    contains(actual[property], wanted) ? [] : [{ resource, property, wanted, got: actual[property] }],
  );
}

/** `1` and `"1"` are the same setting: queue attributes are strings, templates hold numbers. */
function contains(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((item, i) => contains(actual[i], item))
    );
  }
  if (isRecord(wanted)) {
    return isRecord(actual) && Object.entries(wanted).every(([key, value]) => contains(actual[key], value));
  }
  return isDeepStrictEqual(actual, wanted) || (actual !== undefined && String(actual) === String(wanted));
}

function resolveReferences(
  value: unknown,
  template: Template,
  physicalIds: Readonly<Record<string, string>>,
  arnOf: ArnOf,
): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, template, physicalIds, arnOf));
  if (!isRecord(value)) return value;
  if (typeof value.Ref === 'string') return physicalIds[value.Ref] ?? value;
  const attribute = value['Fn::GetAtt'];
  if (Array.isArray(attribute) && attribute[1] === 'Arn') {
    const logicalId = String(attribute[0]);
    return arnOf(template.Resources[logicalId]?.Type ?? '', physicalIds[logicalId] ?? '') ?? value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveReferences(item, template, physicalIds, arnOf)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

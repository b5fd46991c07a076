import { readFileSync } from 'node:fs';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { localClientConfig } from './aws.ts';
import { type Drift, findDrift, type Template, type WantedResource, wantedResources } from './drift.ts';
import { DRIFT_SERVICES, type Services } from './drift-services.ts';
import { LocalError } from './local-error.ts';
import { ACCOUNT, REGION } from './stack-settings.ts';

/**
 * Sets, through each service's own API, what the emulator's CloudFormation dropped; answers what that was. Reads
 * everything again afterwards: a property that cannot be set is an error, not a surprise in a test.
 */
export async function repairDrift(
  endpoint: string,
  stack: { name: string; templateFile: string },
): Promise<Drift[]> {
  const services = makeServices(endpoint);
  try {
    const template = JSON.parse(readFileSync(stack.templateFile, 'utf8')) as Template;
    const wanted = wantedResources(template, await physicalIds(endpoint, stack.name), arnOf);
    const drifts = await readDrift(services, wanted);
    for (const drift of drifts) await DRIFT_SERVICES[drift.resource.type]!.set(services, drift);
    const touched = new Set(drifts.map(({ resource }) => resource));
    const [stubborn] = await readDrift(services, [...touched]);
    if (stubborn) throw new LocalError('deploy-failed', describeDrift(stubborn));
    return drifts;
  } finally {
    for (const client of Object.values(services)) client.destroy();
  }
}

/** `DirectoryTable: TimeToLiveSpecification is undefined, but should be {…}`. */
export function describeDrift({ resource, property, wanted, got }: Drift): string {
  return `${resource.logicalId}: ${property} is ${JSON.stringify(got)}, but should be ${JSON.stringify(wanted)}`;
}

async function readDrift(services: Services, wanted: readonly WantedResource[]): Promise<Drift[]> {
  const found = await Promise.all(
    wanted.map(async (resource) => {
      const actual = await DRIFT_SERVICES[resource.type]!.read(services, resource.physicalId);
      return findDrift(resource, actual);
    }),
  );
  return found.flat();
}

async function physicalIds(endpoint: string, StackName: string): Promise<Record<string, string>> {
  const cloudFormation = new CloudFormationClient(localClientConfig(endpoint));
  try {
    const { StackResources = [] } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName }),
    );
    return Object.fromEntries(
      StackResources.flatMap(({ LogicalResourceId: logical, PhysicalResourceId: physical }) =>
        logical && physical ? [[logical, physical]] : [],
      ),
    );
  } finally {
    cloudFormation.destroy();
  }
}

/** Enough for what watched properties refer to: dead letter queues. */
export function arnOf(type: string, physicalId: string): string | undefined {
  if (type === 'AWS::SQS::Queue') return `arn:aws:sqs:${REGION}:${ACCOUNT}:${physicalId.split('/').at(-1)}`;
  return undefined;
}

function makeServices(endpoint: string): Services {
  const config = localClientConfig(endpoint);
  return {
    dynamodb: new DynamoDBClient(config),
    sqs: new SQSClient(config),
    lambda: new LambdaClient(config),
    kms: new KMSClient(config),
    secrets: new SecretsManagerClient(config),
    // A bucket's name is no host here.
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
}

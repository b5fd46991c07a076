import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalOutputs } from '../../local/local-aws.ts';

/**
 * What a function wrote since a time, as a text. The local AWS writes an object of the log as Node prints it, over several
 * lines; AWS makes one JSON line of it. CloudWatch Logs' own client would be one more dependency.
 * @param since milliseconds since 1970
 */
export async function readLog(
  { awsEndpoint, region }: LocalOutputs,
  lambda: LambdaClient,
  functionName: string | undefined,
  since: number,
): Promise<string> {
  const { LoggingConfig } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  );
  const response = await fetch(awsEndpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/logs/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    },
    body: JSON.stringify({ logGroupName: LoggingConfig?.LogGroup, startTime: since, limit: 10_000 }),
  });
  if (!response.ok) throw new Error(`The log of ${functionName} cannot be read: ${await response.text()}`);
  const { events } = (await response.json()) as { events: { message: string }[] };
  return events.map(({ message }) => message).join('\n');
}

/** One line of metrics: dimensions by name, and the values of each metric. */
export interface MetricsLine {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** Reads a log as CloudWatch does: what is in its embedded metric format becomes metrics. */
export function metricsIn(log: string): MetricsLine[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{"_aws":'));
  return lines.map((line) => {
    const { _aws, ...members } = JSON.parse(line);
    const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
    const pick = (names: string[]) => Object.fromEntries(names.map((name) => [name, members[name]]));
    const values = Object.entries(pick(Metrics.map(({ Name }: { Name: string }) => Name)));
    return {
      namespace: Namespace,
      dimensions: pick(Dimensions.flat()),
      values: Object.fromEntries(values.map(([name, value]) => [name, [value].flat() as number[]])),
    };
  });
}

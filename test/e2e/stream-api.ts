import { readOutputs } from './read-outputs.ts';

/** A record as Lambda gets it, but for where it came from. */
export interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: Record<string, unknown>;
  readonly userIdentity?: object;
}

/** Reads the records of a table's stream from its start. */
export async function readRecords(StreamArn: string): Promise<StreamRecord[]> {
  const { StreamDescription } = await callStreams('DescribeStream', { StreamArn });
  const { ShardId } = StreamDescription.Shards[0];
  const iterator = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  const records: StreamRecord[] = [];
  let { ShardIterator } = await callStreams('GetShardIterator', iterator);
  for (;;) {
    const { Records, NextShardIterator } = await callStreams('GetRecords', { ShardIterator });
    if (Records.length === 0) return records;
    records.push(...Records);
    ShardIterator = NextShardIterator;
  }
}

/** The stream's own API, whose client is no dependency. */
async function callStreams(action: string, input: Record<string, unknown>) {
  const { awsEndpoint, region } = readOutputs();
  const answer = await fetch(awsEndpoint, {
    method: 'POST',
    headers: {
      'x-amz-target': `DynamoDBStreams_20120810.${action}`,
      'content-type': 'application/x-amz-json-1.0',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/dynamodb/aws4_request`,
    },
    body: JSON.stringify(input),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body of any answer
  return (await answer.json()) as any;
}

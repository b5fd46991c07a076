import type { LocalOutputs } from '../../local/local-aws.ts';

export interface BusEntry {
  readonly type: string;
  /** A text, so that no serializer touches its numbers. */
  readonly detail: string;
}

/**
 * Puts events on the platform's bus, as a producer in AWS would with IAM. By hand: EventBridge's client would be one more
 * dependency. The emulator takes the root key's word.
 * @returns the ids that the bus gave them
 */
export async function putOnBus(
  { awsEndpoint, region, stack }: LocalOutputs,
  entries: readonly BusEntry[],
): Promise<string[]> {
  const Entries = entries.map(({ type, detail }) => ({
    EventBusName: stack.EventBusName,
    Source: 'test.shop',
    DetailType: type,
    Detail: detail,
  }));
  const response = await fetch(awsEndpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/events/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSEvents.PutEvents',
    },
    body: JSON.stringify({ Entries }),
  });
  const answer = (await response.json()) as { FailedEntryCount: number; Entries: { EventId: string }[] };
  if (!response.ok || answer.FailedEntryCount !== 0) throw new Error(`PutEvents: ${JSON.stringify(answer)}`);
  return answer.Entries.map(({ EventId }) => EventId);
}

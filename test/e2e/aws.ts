import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { localClientConfig } from '../../local/aws.ts';
import type { LocalOutputs } from '../../local/local-aws.ts';

/** The platform's inside, for tests that bring about what a client cannot. */
export function connectAws({ awsEndpoint, stack }: LocalOutputs) {
  const config = localClientConfig(awsEndpoint);
  const sqs = new SQSClient(config);
  const lambda = new LambdaClient(config);
  return {
    sqs,
    lambda,
    dynamodb: new DynamoDBClient(config),
    scheduler: new SchedulerClient(config),
    /** Puts a text on the delivery queue. */
    queue: (body: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl: stack.DeliveryQueueUrl, MessageBody: body })),
    /** Invokes a function with an event, and answers its result. @throws Error where the function threw */
    invoke: async <Result>(functionName: string | undefined, event: unknown): Promise<Result> => {
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
      );
      const result = JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8') || 'null');
      if (answer.FunctionError) throw new Error(`${answer.FunctionError}: ${JSON.stringify(result)}`);
      return result as Result;
    },
    /** Messages that wait in a queue and that somebody is working on. */
    countMessages: async (queueUrl: string | undefined) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
      );
      return {
        waiting: Number(Attributes?.ApproximateNumberOfMessages),
        inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
      };
    },
    close: () => {
      sqs.destroy();
      lambda.destroy();
    },
  };
}

/** What Lambda hands a function for messages of a queue. */
export function sqsEvent(bodies: readonly string[]) {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `message-${i}`,
      receiptHandle: `receipt-${i}`,
      body,
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {},
      eventSource: 'aws:sqs',
    })),
  };
}

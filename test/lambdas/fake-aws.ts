import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { startHttp } from './adapters/local-servers.ts';

// biome-ignore lint/suspicious/noExplicitAny: the input of any of AWS's calls
export type Input = any;

/** An error as AWS answers it. */
export class AwsError extends Error {
  readonly code: string;
  /** Further members of the answer. */
  readonly details: object;

  constructor(code: string, message = code, details: object = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What a call answers; undefined stands for an empty success. */
export type Answer = (input: Input) => object | undefined | Promise<object | undefined>;

export interface FakeAws {
  readonly calls: { readonly name: string; readonly input: Input }[];
  /** The names of the calls so far, in order; they are forgotten. */
  takeNames(): string[];
  /** The inputs of one kind of call. */
  inputsOf(name: string): Input[];
  /** Answers further calls of that name otherwise. */
  on(name: string, answer: Answer): void;
  /** Back to the answers of the start, with no calls. */
  reset(): void;
  close(): Promise<void>;
}

/** What the services answer when all is well and nothing is there. */
const DEFAULTS: Record<string, Answer> = {
  // One data key for everybody.
  Decrypt: () => ({ Plaintext: Buffer.alloc(32, 7).toString('base64') }),
  BatchExecuteStatement: ({ Statements }) => ({ Responses: Statements.map(() => ({})) }),
  BatchWriteItem: () => ({ UnprocessedItems: {} }),
  BatchGetItem: () => ({ Responses: {}, UnprocessedKeys: {} }),
  SendMessageBatch: acceptMessages,
};

/** What SQS answers to messages; its client compares the hashes. */
export function acceptMessages({ Entries }: Input): object {
  return {
    Successful: Entries.map(({ Id, MessageBody }: Input) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    })),
    Failed: [],
  };
}

/** The settings that the stack gives its functions. */
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  DIRECTORY_TABLE: 'directory',
  EVENTS_TABLE: 'events',
  DELIVERIES_TABLE: 'deliveries',
  DOCUMENTS_TABLE: 'documents',
  API_URL: 'https://api.example.com',
  STATS_TABLE: 'stats',
  DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
  SCHEDULE_GROUP: 'posthorn-retries',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/schedule',
  SCHEDULE_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:000000000000:schedule-dead-letters',
  DATA_KEY_ID: 'key-1',
  OPERATOR_KEY_SECRET_ID: 'operator-key',
  RETENTION_DAYS: '30',
  METRICS_SERVICE: 'test',
  // They would stand between the lines of the tests; what is about them takes this back.
  POWERTOOLS_METRICS_DISABLED: 'true',
};

/** Stands in for AWS on loopback: records every call of the SDK, and answers as told. Sets the environment for it. */
export async function startFakeAws(): Promise<FakeAws> {
  const calls: FakeAws['calls'] = [];
  const answers = new Map(Object.entries(DEFAULTS));
  const server = await startHttp(async (request, response) => {
    const { name, input } = await readCall(request);
    calls.push({ name, input });
    try {
      const answer = (await answers.get(name)?.(input)) ?? {};
      if (request.method === 'HEAD') answerHead(response, answer);
      else response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer));
    } catch (error) {
      const { code, message, details } = error as AwsError;
      response.writeHead(code === 'InternalServerError' ? 500 : 400, {
        'x-amzn-errortype': code ?? 'Broken',
      });
      response.end(JSON.stringify({ __type: code, message, Message: message, ...details }));
    }
  });
  const url = `http://127.0.0.1:${server.port}`;
  // The SQS client calls the queue's own URL, whatever the endpoint.
  const DELIVERY_QUEUE_URL = `${url}/000000000000/delivery`;
  const NOTICE_QUEUE_URL = `${url}/000000000000/notices`;
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: url, DELIVERY_QUEUE_URL, NOTICE_QUEUE_URL });
  return {
    calls,
    takeNames: () => calls.splice(0).map(({ name }) => name),
    inputsOf: (name) => calls.filter((call) => call.name === name).map(({ input }) => input),
    on: (name, answer) => answers.set(name, answer),
    reset: () => {
      calls.length = 0;
      answers.clear();
      for (const [name, answer] of Object.entries(DEFAULTS)) answers.set(name, answer);
    },
    close: async () => {
      http.globalAgent.destroy();
      await server.close();
    },
  };
}

/** S3 answers a HEAD by headers alone: those of the answer, or 404 where there are none. */
function answerHead(response: ServerResponse, headers: object): void {
  response.writeHead(Object.keys(headers).length === 0 ? 404 : 200, { ...headers }).end();
}

/** JSON protocols name the call in a header; Scheduler's REST one is only called to create. */
async function readCall(request: IncomingMessage): Promise<{ name: string; input: Input }> {
  const [, Bucket, ...key] = decodeURIComponent(new URL(request.url ?? '', 'http://fake').pathname).split(
    '/',
  );
  if (request.method === 'PUT')
    return { name: 'PutObject', input: { Bucket, Key: key.join('/'), Body: await buffer(request) } };
  const input = JSON.parse((await text(request)) || '{}');
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { name: target.split('.')[1] ?? '', input };
  const url = new URL(request.url ?? '', 'http://fake');
  if (request.method === 'HEAD') {
    const VersionId = url.searchParams.get('versionId') ?? undefined;
    return { name: 'HeadObject', input: { Bucket, Key: key.join('/'), VersionId } };
  }
  const [, resource, name] = url.pathname.split('/');
  return request.method === 'POST' && resource === 'schedules'
    ? { name: 'CreateSchedule', input: { Name: name, ...input } }
    : { name: `${request.method} ${request.url}`, input };
}

import { startTask, type Task, type TaskKind } from '../../../core/task.ts';
import { readMessage } from '../../../lambdas/adapters/delivery-queue.ts';
import { addressOf, deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { packText } from '../../../lambdas/adapters/packing.ts';
import type { TaskMessage } from '../../../lambdas/adapters/task-queue.ts';
import { createTask, getTask } from '../../../lambdas/adapters/task-store.ts';
import { handler as journal } from '../../../lambdas/journal.ts';
import { FailingCalls } from '../failing-calls.ts';
import { AwsError, type FakeAws, type Input } from '../fake-aws.ts';

export const ENDPOINT = 'ep_0TbsgmRk5x2mQ8vYb1LzNc';
export const START = Date.UTC(2026, 0, 15, 12, 30);

/** A query answers so many items at once, as DynamoDB does with 1 MB. */
const ITEMS_OF_A_QUERY = 70;

interface Delivery {
  readonly eventId: string;
  readonly acceptedAt?: number;
  readonly state?: string;
  readonly attempts?: number;
  readonly test?: boolean;
}

/** What tasks work on, in memory: tables, the index by trouble, the journal, the two queues. Any call may be made to fail. */
export class FakeTasks extends FailingCalls {
  /** Messages of the delivery queue and of the fan-out queue, in their order. */
  readonly queued: ReturnType<typeof readMessage>[] = [];
  readonly later: { message: TaskMessage; delaySeconds: number }[] = [];
  readonly #items = new Map<string, Input>();
  readonly #journaled = new Set<string>();
  #isHeldBack = (_pk: string) => false;

  constructor(aws: FakeAws) {
    super(aws);
    this.answer('PutItem', (input) => this.#putItem(input));
    this.answer('BatchGetItem', (input) => this.#batchGet(input));
    this.answer('BatchWriteItem', ({ RequestItems }) => {
      for (const [table, requests] of Object.entries<Input[]>(RequestItems)) {
        for (const { PutRequest } of requests) this.put(table, PutRequest.Item);
      }
      return { UnprocessedItems: {} };
    });
    this.answer('Query', (input) => {
      if (input.IndexName === 'by-trouble') return this.#queryTrouble(input);
      const passed = input.ExpressionAttributeValues[':passed']?.S;
      return passed === undefined ? this.#queryJournal(input) : { Count: this.#countOf(passed) };
    });
    this.answer('SendMessageBatch', (input) => this.#send(input));
  }

  put(table: string, item: Input): void {
    this.#items.set(keyOf(table, item), item);
  }

  remove(table: string, key: Input): void {
    this.#items.delete(keyOf(table, key));
  }

  putEndpoint(settings: { active?: boolean; events?: string[]; filters?: object } = {}): Input {
    const { active = true, events = ['*'], filters } = settings;
    const key = { pk: { S: 'TENANT#ten_1' }, sk: { S: `ENDPOINT#${ENDPOINT}` } };
    const item = { ...key, active: { BOOL: active }, events: { L: events.map((S) => ({ S })) } };
    this.put('directory', { ...item, ...(filters && { filters: { S: JSON.stringify(filters) } }) });
    return key;
  }

  putEvent(id: string, data: object = {}, acceptedAt = START): void {
    const [d, a] = [packed(JSON.stringify(data)), { N: String(acceptedAt) }];
    this.put('events', { pk: { S: `ten_1#${id}` }, y: { S: 'order.paid' }, d, a, h: { B: 'AAAA' } });
  }

  /** A page of the journal: ids with types and times. */
  putPage(number: number, lines: readonly { id: string; type?: string; acceptedAt?: number }[]): void {
    const entries = lines.map((line) => ({ type: 'order.paid', acceptedAt: START, ...line }));
    const key = { pk: { S: 'JOURNAL#ten_1' }, sk: { S: String(number).padStart(16, '0') } };
    this.put('directory', { ...key, lines: packed(JSON.stringify(entries)) });
  }

  putDelivery({ eventId, acceptedAt = START, state = 'failed', attempts = 3, test }: Delivery): void {
    const message = { tenantId: 'ten_1', eventId, endpointId: ENDPOINT, acceptedAt, attempt: 1 };
    const { pk, sk } = deliveryKey(addressOf(message));
    const index = { tpk: { S: `${pk.S}#${state}` }, tsk: { S: sk.S?.slice(1) } };
    const course = { s: { S: state }, n: { N: String(attempts) } };
    const owners = { t: { S: 'ten_1' }, p: { S: ENDPOINT }, e: { S: eventId } };
    this.put('deliveries', { pk, sk, ...owners, ...course, ...index, ...(test && { g: { BOOL: true } }) });
  }

  /** Delivers what was queued so far, as the delivering function would: it succeeds, and leaves the index. */
  deliverQueued(): void {
    for (const { eventId, acceptedAt, attempt } of this.queued) {
      this.putDelivery({ eventId, acceptedAt, state: 'succeeded', attempts: attempt });
    }
  }

  /** @param until long ago where it is not said, when the journal needs no waiting for */
  async start(kind: TaskKind, since = START, until = START + 60_000): Promise<TaskMessage> {
    const wanted = { id: 'task_1', tenantId: 'ten_1', kind, endpointId: ENDPOINT, since, until };
    await createTask(startTask(wanted, Date.now()));
    return { taskId: 'task_1', tenantId: 'ten_1', queuedAt: Date.now() };
  }

  /** Says which items the journal does not come to: those of a shard that is behind. */
  holdBack(isHeldBack: (pk: string) => boolean): void {
    this.#isHeldBack = isHeldBack;
  }

  /** Lets the journal come to what was stored so far: events and milestones. */
  async runJournal(): Promise<void> {
    const inserts = [...this.#items].filter(
      ([key]) =>
        key.startsWith('events ') && !this.#journaled.has(key) && !this.#isHeldBack(key.split(' ')[1] ?? ''),
    );
    for (const [key] of inserts) this.#journaled.add(key);
    await journal({
      Records: inserts.map(([, NewImage]) => ({ eventName: 'INSERT', dynamodb: { NewImage } })),
    } as never);
  }

  /** The task as it is stored; looking at it fails never and counts for nothing. */
  async task(): Promise<Task> {
    return (await this.asideOf(() => getTask('ten_1', 'task_1'))) as Task;
  }

  #putItem({ TableName, Item, ConditionExpression, ExpressionAttributeValues: values }: Input): object {
    const stored = this.#items.get(keyOf(TableName, Item));
    const holds =
      ConditionExpression === 'revision = :read'
        ? stored?.revision?.N === values[':read'].N
        : stored === undefined || ConditionExpression === undefined;
    if (!holds) throw new AwsError('ConditionalCheckFailedException');
    this.put(TableName, Item);
    return {};
  }

  #countOf(pk: string): number {
    return [...this.#items.values()].filter((item) => item.pk.S === pk).length;
  }

  #batchGet({ RequestItems }: Input): object {
    const tables = Object.entries<Input>(RequestItems).map(([table, { Keys }]) => [
      table,
      Keys.flatMap((key: Input) => this.#items.get(keyOf(table, key)) ?? []),
    ]);
    return { Responses: Object.fromEntries(tables), UnprocessedKeys: {} };
  }

  #queryTrouble({ ExpressionAttributeValues: values, Limit = ITEMS_OF_A_QUERY, Select }: Input): object {
    const [from, to] = [values[':from'].S, values[':to'].S];
    if (from > to) throw new AwsError('ValidationException', 'The BETWEEN operator requires upper >= lower');
    const inRange = [...this.#items.values()]
      .filter(({ tpk, tsk }) => tpk?.S === values[':failed'].S && tsk.S >= from && tsk.S <= to)
      .sort((a, b) => (a.tsk.S < b.tsk.S ? -1 : 1));
    const looked = inRange.slice(0, Math.min(Limit, ITEMS_OF_A_QUERY));
    const found = looked.filter(({ g }) => g === undefined);
    return {
      Count: found.length,
      ...(Select !== 'COUNT' && { Items: found }),
      ...(looked.length < inRange.length && { LastEvaluatedKey: looked.at(-1) }),
    };
  }

  #queryJournal({ ExpressionAttributeValues: values, ScanIndexForward: forward, Limit }: Input): object {
    const from = values[':from'].S;
    const pages = [...this.#items.values()]
      .filter(({ pk, sk }) => pk.S === values[':journal'].S && (forward ? sk.S >= from : sk.S <= from))
      .sort((a, b) => (a.sk.S < b.sk.S === forward ? -1 : 1));
    return { Items: pages.slice(0, Limit) };
  }

  #send({ QueueUrl, Entries }: Input): object {
    for (const { MessageBody, DelaySeconds = 0 } of Entries) {
      if (QueueUrl.endsWith('/delivery')) this.queued.push(readMessage(MessageBody));
      else this.later.push({ message: JSON.parse(MessageBody), delaySeconds: DelaySeconds });
    }
    return { Successful: [], Failed: [] };
  }
}

function keyOf(table: string, { pk, sk }: Input): string {
  return `${table} ${pk.S} ${sk?.S ?? ''}`;
}

/** A text or bytes as they go over the wire. */
function packed(text: string) {
  const { S, B } = packText(text);
  return S === undefined ? { B: Buffer.from(B as Uint8Array).toString('base64') } : { S };
}

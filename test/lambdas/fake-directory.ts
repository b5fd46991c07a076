import { AwsError, type FakeAws, type Input } from './fake-aws.ts';
import { applyUpdate, holds } from './fake-expressions.ts';

/** The directory in memory: items are read, put and updated; a put's condition is never refused, an update's is. */
export class FakeDirectory {
  readonly #items = new Map<string, Input>();

  constructor(aws: FakeAws) {
    aws.on('GetItem', ({ Key }) => ({ Item: this.#items.get(keyText(Key)) }));
    aws.on('BatchGetItem', ({ RequestItems }) => {
      const found = RequestItems.directory.Keys.flatMap((key: Input) => this.#items.get(keyText(key)) ?? []);
      return { Responses: { directory: found }, UnprocessedKeys: {} };
    });
    aws.on('PutItem', ({ Item }) => this.put(Item));
    aws.on('TransactWriteItems', ({ TransactItems }) => {
      for (const { Put, Update } of TransactItems) {
        if (Put !== undefined) this.put(Put.Item);
        if (Update?.Key.sk?.S.startsWith('ENDPOINT#')) this.#update(Update, cancelled());
      }
    });
    aws.on('UpdateItem', (call) => this.#update(call, refused(this.#items.get(keyText(call.Key)))));
  }

  #update(call: Input, refusal: Error): object {
    const item = this.#items.get(keyText(call.Key));
    if (!holds(call.ConditionExpression, item, call)) throw refusal;
    const changed = applyUpdate(item ?? call.Key, call);
    this.put(changed);
    return call.ReturnValues === 'ALL_NEW' ? { Attributes: changed } : {};
  }

  /** An item as it stands, as the wire has it. */
  find(pk: string, sk: string): Input {
    return this.#items.get(keyText({ pk: { S: pk }, sk: { S: sk } }));
  }

  delete(pk: string, sk: string): void {
    this.#items.delete(keyText({ pk: { S: pk }, sk: { S: sk } }));
  }

  put(item: Input): undefined {
    this.#items.set(keyText(item), item);
  }

  /** Changes attributes of an item, as another function would. */
  update(pk: string, sk: string, changes: Input): void {
    const key = keyText({ pk: { S: pk }, sk: { S: sk } });
    this.#items.set(key, { ...this.#items.get(key), ...changes });
  }
}

function refused(Item: Input): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'refused', { Item });
}

function cancelled(): AwsError {
  const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }];
  return new AwsError('TransactionCanceledException', 'refused', { CancellationReasons });
}

function keyText({ pk, sk }: Input): string {
  return `${pk.S} ${sk?.S ?? ''}`;
}

/** A tenant's item, with a data key that the fake KMS opens. */
export function tenantItem(id: string, dialect: string): Input {
  return {
    pk: { S: `TENANT#${id}` },
    sk: { S: 'TENANT' },
    name: { S: id },
    dialect: { S: dialect },
    created_at: { N: '1' },
    version: { N: '1' },
    wrapped_key: { B: Buffer.from('wrapped').toString('base64') },
  };
}

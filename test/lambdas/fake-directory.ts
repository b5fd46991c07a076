import type { FakeAws, Input } from './fake-aws.ts';

/** The directory in memory, for managing: whole items are read and put; a condition is never refused. */
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
      for (const { Put } of TransactItems) if (Put !== undefined) this.put(Put.Item);
    });
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

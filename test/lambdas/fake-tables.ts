import type { FakeAws, Input } from './fake-aws.ts';

/** Tables in memory for the calls that delivering makes: BatchGetItem, PutItem, BatchWriteItem, PartiQL's INSERT. */
export class FakeTables {
  readonly #items = new Map<string, Input>();

  constructor(aws: FakeAws) {
    aws.on('PutItem', ({ TableName, Item }) => void this.put(TableName, Item));
    aws.on('BatchGetItem', ({ RequestItems }) => ({
      Responses: this.#read(RequestItems),
      UnprocessedKeys: {},
    }));
    aws.on('BatchWriteItem', ({ RequestItems }) => {
      for (const [table, requests] of Object.entries<Input[]>(RequestItems)) {
        for (const { PutRequest } of requests) this.put(table, PutRequest.Item);
      }
      return { UnprocessedItems: {} };
    });
    aws.on('BatchExecuteStatement', ({ Statements }) => ({
      Responses: Statements.map((statement: Input) => this.#insert(statement)),
    }));
  }

  put(table: string, item: Input): void {
    this.#items.set(keyText(table, item), item);
  }

  /** The items of a table, as the wire has them. */
  itemsOf(table: string): Input[] {
    return [...this.#items].flatMap(([key, item]) => (key.startsWith(`${table} `) ? [item] : []));
  }

  #read(wanted: Record<string, Input>): Record<string, Input[]> {
    const found = ([table, { Keys }]: [string, Input]) =>
      Keys.map((key: Input) => this.#items.get(keyText(table, key))).filter(
        (item: Input) => item !== undefined,
      );
    return Object.fromEntries(Object.entries(wanted).map((entry) => [entry[0], found(entry)]));
  }

  /** Only an INSERT is carried out; a refused one is what an UPDATE here would be. */
  #insert({ Statement, Parameters }: Input): object {
    const table = /^INSERT INTO "(.*?)"/.exec(Statement)?.[1] ?? '';
    const names = [...Statement.matchAll(/'(\w+)': \?/g)].map(([, name]) => name as string);
    const item = Object.fromEntries(names.map((name, i) => [name, Parameters[i]]));
    if (table === '' || this.#items.has(keyText(table, item))) return { Error: { Code: 'DuplicateItem' } };
    this.put(table, item);
    return {};
  }
}

function keyText(table: string, { pk, sk }: Input): string {
  return `${table} ${pk.S} ${sk?.S ?? ''}`;
}

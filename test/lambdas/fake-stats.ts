import { addTallies, EMPTY_TALLY, type Tally } from '../../core/tally.ts';
import { unpackText } from '../../lambdas/adapters/packing.ts';
import type { FakeAws, Input } from './fake-aws.ts';

/** The table of statistics in memory, for the calls that counting and reading make. */
export class FakeStats {
  readonly items = new Map<string, Input>();
  /** Called before each statement; what it throws is the call's answer. */
  beforeStatement: () => void = () => {};
  /** Called when a call's statements are carried out; what it throws is the call's answer. */
  afterStatements: () => void = () => {};

  constructor(aws: FakeAws) {
    aws.on('BatchGetItem', ({ RequestItems }) => {
      const found = RequestItems.stats.Keys.map((key: Input) => this.items.get(keyText(key)));
      return { Responses: { stats: found.filter(Boolean) }, UnprocessedKeys: {} };
    });
    aws.on('GetItem', ({ Key }) => ({ Item: this.items.get(keyText(Key)) }));
    aws.on('BatchExecuteStatement', ({ Statements }) => {
      const Responses = Statements.map((statement: Input) => {
        this.beforeStatement();
        return this.#execute(statement);
      });
      this.afterStatements();
      return { Responses };
    });
    aws.on('UpdateItem', ({ Key, ExpressionAttributeNames: names, ExpressionAttributeValues: values }) => {
      const old = this.items.get(keyText(Key)) ?? Key;
      if (names['#n'] !== undefined) {
        this.beforeStatement();
        return void this.items.set(keyText(Key), { ...old, n: { N: String(Number(old.n?.N ?? 0) + 1) } });
      }
      const kind = names['#kind'];
      if (Number(old[kind]?.N ?? 0) < Number(values[':at'].N))
        this.items.set(keyText(Key), { ...old, [kind]: values[':at'], ttl: values[':ttl'] });
      return undefined;
    });
    aws.on('Query', ({ ExpressionAttributeValues: { ':owner': owner, ':from': from, ':to': to } }) => ({
      Items: [...this.items.values()]
        .filter(({ pk, sk }) => pk.S === owner.S && sk.S >= from.S && sk.S <= to.S)
        .sort((a, b) => (a.sk.S < b.sk.S ? -1 : 1)),
    }));
  }

  /** The sum of everything that is counted for an owner. */
  total(owner: string): Tally {
    const items = [...this.items.values()].filter(({ pk, x }) => pk.S === owner && x !== undefined);
    return items
      .map(({ x }) => JSON.parse(unpackText(x.B ? { B: Buffer.from(x.B, 'base64') } : x)) as Tally)
      .reduce(addTallies, EMPTY_TALLY);
  }

  #execute({ Statement, Parameters }: Input): object {
    const isInsert = Statement.startsWith('INSERT');
    const [written = '', where = ''] = Statement.split(' WHERE ');
    const names = [...written.matchAll(isInsert ? /'(\w+)': \?/g : /"(\w+)"=\?/g)].map(([, name]) => name);
    const values = Object.fromEntries(names.map((name, i) => [name, Parameters[i]]));
    if (isInsert) {
      if (this.items.has(keyText(values))) return { Error: { Code: 'DuplicateItem' } };
      this.items.set(keyText(values), values);
      return {};
    }
    const conditions = [...where.matchAll(/"(\w+)"=\?/g)].map(([, name = ''], i) => [
      name,
      Parameters[names.length + i],
    ]);
    const wanted = Object.fromEntries(conditions);
    const old = this.items.get(keyText(wanted));
    if (old?.q.S !== wanted.q.S) return { Error: { Code: 'ConditionalCheckFailed' } };
    this.items.set(keyText(wanted), { ...old, ...values });
    return {};
  }
}

function keyText({ pk, sk }: Input): string {
  return `${pk.S} ${sk.S}`;
}

import { addressDelivery } from '../../../core/ids.ts';
import { attemptKey, deliveryKey } from '../../../lambdas/adapters/delivery-store.ts';
import { packText } from '../../../lambdas/adapters/packing.ts';
import { readDeletion, type TenantDeletion } from '../../../lambdas/adapters/tenant-deletion-queue.ts';
import { FailingCalls } from '../failing-calls.ts';
import { AwsError, acceptMessages, type FakeAws, type Input } from '../fake-aws.ts';

/** A query answers so many items at once, as DynamoDB does with 1 MB. */
const ITEMS_OF_A_QUERY = 3;
const START = Date.UTC(2026, 0, 15, 12, 30);

const text = (S: string) => ({ S });
const item = (pk: string, sk: string, more: Input = {}) => ({ pk: text(pk), sk: text(sk), ...more });

/** What tenants own, in memory, by table; deletions work on it. Any call may be made to fail. */
export class FakeOwned extends FailingCalls {
  readonly tables: Record<string, Input[]> = {};
  /** What was queued, with its delay. */
  readonly queued: { deletion: TenantDeletion; delaySeconds: number }[] = [];
  /** Called before each query, as others go on meanwhile. */
  meanwhile: (query: Input) => void = () => {};

  constructor(aws: FakeAws) {
    super(aws);
    this.answer('Query', (input) => {
      this.meanwhile(input);
      return this.#query(input);
    });
    this.answer('BatchWriteItem', (input) => this.#write(input));
    this.answer('PutItem', ({ TableName, Item }) => this.#replace(TableName, Item));
    this.answer('SendMessageBatch', (input) => this.#send(input));
  }

  put(table: string, ...items: Input[]): void {
    for (const one of items) this.#replace(table, one);
  }

  /** Every key that is left, as `table partition sort`. */
  keys(): string[] {
    const shown = ([table, items]: [string, Input[]]) =>
      items.map(({ pk, sk }) => [table, pk.S, sk?.S].filter(Boolean).join(' '));
    return Object.entries(this.tables).flatMap(shown);
  }

  /** A tenant with one of everything and several of what is many. */
  putTenant(id: string, endpoints: { readonly there: string; readonly deleted: string }): void {
    const ofTenant = (...sks: string[]) => sks.map((sk) => item(`TENANT#${id}`, sk));
    this.put('directory', ...ofTenant(`ENDPOINT#${endpoints.there}`, `DELETED#${endpoints.deleted}`));
    this.put('directory', ...ofTenant('EVENT_TYPE#a', 'TASK#1', `ALERT#${endpoints.there}`));
    this.put('directory', item(`TENANT#${id}`, 'TENANT', { status: text('deleting') }));
    this.put('directory', item(`KEY#ak_${id}`, 'KEY', { kpk: text(`KEYS#${id}`) }));
    this.put('directory', item(`PACE#${endpoints.there}`, 'PACE'));
    this.putPage(id, 1, ['evt_1', 'evt_2', 'evt_1']);
    this.putPage(id, 2, ['evt_3']);
    for (const endpointId of Object.values(endpoints)) {
      for (const eventId of ['evt_1', 'evt_2', 'evt_3', `test_of_${endpointId}`])
        this.putDelivery(id, endpointId, eventId);
      this.put(
        'stats',
        item(`E#${endpointId.slice(-22)}`, '2026-01-15T12#s'),
        item(`E#${endpointId.slice(-22)}`, 'LAST'),
      );
    }
    this.put('stats', item(`T#${id}`, '2026-01-15T12#s'));
    for (const path of ['a.txt', 'b/c.txt']) this.#putDocument(id, path);
  }

  /** A page of the journal, with its events. */
  putPage(tenantId: string, number: number, ids: readonly string[]): void {
    const lines = packText(JSON.stringify(ids.map((id) => ({ id, type: 'a', acceptedAt: START }))));
    const B = lines.B && Buffer.from(lines.B).toString('base64');
    this.put(
      'directory',
      item(`JOURNAL#${tenantId}`, String(number).padStart(16, '0'), { lines: B ? { B } : lines }),
    );
    for (const id of ids) this.put('events', { pk: text(`${tenantId}#${id}`) });
  }

  /** A delivery with the log of a second attempt; its event too, whether a page lists it or not. */
  putDelivery(tenantId: string, endpointId: string, eventId: string): void {
    const address = addressDelivery(endpointId, eventId, START);
    const owners = { t: text(tenantId), e: text(eventId), p: text(endpointId) };
    this.put('deliveries', { ...deliveryKey(address), ...owners }, attemptKey(address, '002', 'w'));
    this.put('events', { pk: text(`${tenantId}#${eventId}`) });
  }

  #putDocument(tenantId: string, path: string): void {
    const h = text(`doc_${tenantId}_${path}`);
    this.put('documents', item(`TENANT#${tenantId}`, path, { h }));
    // More than a query answers at once.
    const versions = Array.from({ length: 2 * ITEMS_OF_A_QUERY }, (_, n) => item(`DOC#${h.S}`, `v${n}`));
    this.put('documents', ...versions);
  }

  #replace(table: string, one: Input): object {
    this.#remove(table, one);
    this.tables[table]?.push(one);
    return {};
  }

  #remove(table: string, { pk, sk }: Input): void {
    const others = (this.tables[table] ?? []).filter((it) => it.pk.S !== pk.S || it.sk?.S !== sk?.S);
    this.tables[table] = others;
  }

  #query({
    TableName,
    IndexName,
    ExpressionAttributeValues: values,
    ExclusiveStartKey,
    Limit,
  }: Input): object {
    const key = IndexName === 'by-kind' ? 'kpk' : 'pk';
    const partition = values[':partition'] ?? values[':tenant'] ?? values[':journal'];
    const found = (this.tables[TableName] ?? [])
      .filter((it) => it[key]?.S === partition.S && it.sk.S.startsWith(values[':kind']?.S ?? ''))
      .sort((a, b) => (a.sk.S < b.sk.S ? -1 : 1))
      .filter((it) => ExclusiveStartKey === undefined || it.sk.S > ExclusiveStartKey.sk.S);
    const Items = found.slice(0, Math.min(Limit, ITEMS_OF_A_QUERY));
    const { pk, sk } = Items.at(-1) ?? {};
    return { Items, ...(Items.length < found.length && { LastEvaluatedKey: { pk, sk } }) };
  }

  #write({ RequestItems }: Input): object {
    for (const [table, requests] of Object.entries<Input[]>(RequestItems)) {
      const keys = requests.map(({ DeleteRequest, PutRequest }) => DeleteRequest?.Key ?? PutRequest.Item);
      const names = keys.map(({ pk, sk }) => `${pk.S} ${sk?.S}`);
      if (new Set(names).size < names.length)
        throw new AwsError('ValidationException', 'Provided list of item keys contains duplicates');
      for (const { DeleteRequest, PutRequest } of requests) {
        if (DeleteRequest) this.#remove(table, DeleteRequest.Key);
        else this.#replace(table, PutRequest.Item);
      }
    }
    return { UnprocessedItems: {} };
  }

  #send(input: Input): object {
    for (const { MessageBody, DelaySeconds = 0 } of input.Entries)
      this.queued.push({ deletion: readDeletion(MessageBody) as TenantDeletion, delaySeconds: DelaySeconds });
    return acceptMessages(input);
  }
}

import { AwsError, type FakeAws, type Input } from './fake-aws.ts';
import { tenantItem } from './fake-directory.ts';

/** The tables that reads of documents touch, in memory; conditions of {@link joinDownload} and its like are carried out. */
export class FakeDocuments {
  readonly #items = new Map<string, Input>();

  constructor(aws: FakeAws) {
    aws.on('GetItem', ({ Key }) => ({ Item: this.#items.get(keyText(Key)) }));
    aws.on('Query', ({ ExpressionAttributeValues: values }) => ({
      Items: [...this.#items.values()].filter(
        (item) => item.pk.S === values[':document'].S && Number(item.u.N) <= Number(values[':at'].N),
      ),
    }));
    aws.on('PutItem', ({ TableName, Item, ExpressionAttributeValues: values }) => {
      if (TableName === 'events') return this.#refuseKnown({ ...Item, sk: { S: 'event' } });
      const known = this.#items.get(keyText(Item));
      if (known !== undefined && Number(known.w.N) > Number(values[':at'].N)) throw refused(known);
      return this.put(Item);
    });
    aws.on('UpdateItem', ({ Key, ExpressionAttributeValues: values }) => {
      const known = this.#items.get(keyText(Key));
      if (known?.a?.N !== values[':startedAt'].N) throw refused(known);
      return this.put({ ...known, n: values[':told'] });
    });
  }

  put(item: Input): undefined {
    this.#items.set(keyText(item), item);
  }

  addTenant(id: string, status = 'active'): void {
    this.put({ ...tenantItem(id, 'arken'), status: { S: status } });
  }

  /** A document with these versions, oldest first: size and time of upload by version. */
  addDocument(
    tenantId: string,
    path: string,
    hashId: string,
    versions: Record<string, [number, number]>,
  ): void {
    for (const [version, [size, uploadedAt]] of Object.entries(versions)) {
      const facts = {
        v: { S: version },
        s: { N: String(size) },
        c: { S: 'text/plain' },
        e: { S: 'etag' },
        u: { N: String(uploadedAt) },
      };
      const owner = { t: { S: tenantId }, p: { S: path } };
      this.put({ pk: { S: `DOC#${hashId}` }, sk: { S: version }, ...owner, ...facts });
      this.put({ pk: { S: `TENANT#${tenantId}` }, sk: { S: path }, h: { S: hashId }, ...facts });
    }
  }

  #refuseKnown(event: Input): undefined {
    const known = this.#items.get(keyText(event));
    if (known !== undefined) throw refused(known);
    return this.put(event);
  }
}

function refused(known: Input): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'there', { Item: known });
}

function keyText({ pk, sk }: Input): string {
  return `${pk.S} ${sk?.S ?? ''}`;
}

import { AwsError, type FakeAws, type Input } from './fake-aws.ts';
import { tenantItem } from './fake-directory.ts';
import { applyUpdate, holds } from './fake-expressions.ts';

/** One upload as the fake bucket keeps it. */
export interface FakeVersion {
  readonly versionId?: string;
  readonly content: string;
}

/** A bucket and the tables that its documents are written to, in memory; the conditions of writes are carried out. */
export class FakeBucket {
  readonly #items = new Map<string, Input>();
  readonly #objects = new Map<string, FakeVersion[]>();

  constructor(aws: FakeAws) {
    aws.on('GetItem', ({ TableName, Key }) => ({ Item: this.#items.get(keyText(TableName, Key)) }));
    aws.on('PutItem', (call) => this.putItem(call));
    aws.on('UpdateItem', (call) => this.#update(call));
    aws.on('HeadObject', ({ Key, VersionId }) => this.head(Key, VersionId));
  }

  putItem(call: Input): undefined {
    const { TableName, Item, ConditionExpression } = call;
    const known = this.#items.get(keyText(TableName, Item));
    if (!holds(ConditionExpression, known, call)) throw refused(known);
    this.#items.set(keyText(TableName, Item), Item);
  }

  addTenant(id: string, status = 'active', dialect = 'standard'): void {
    this.#items.set(`directory TENANT#${id} TENANT`, { ...tenantItem(id, dialect), status: { S: status } });
  }

  /** Puts an object, and answers what S3 calls its etag. */
  upload(key: string, version: FakeVersion): string {
    this.#objects.set(key, [...(this.#objects.get(key) ?? []), version]);
    return etagOf(version);
  }

  /** Removes a version for good; the one before it is the current one then. */
  remove(key: string, versionId: string): void {
    const others = this.#objects.get(key)?.filter((version) => version.versionId !== versionId) ?? [];
    this.#objects.set(key, others);
  }

  itemsOf(table: string): Input[] {
    return [...this.#items].flatMap(([key, item]) => (key.startsWith(`${table} `) ? [item] : []));
  }

  /** The document's item. */
  document(tenantId: string, path: string): Input {
    return this.#items.get(`documents TENANT#${tenantId} ${path}`);
  }

  /** What S3 answers to a HEAD now. */
  head(key: string, versionId: string | undefined): object {
    const versions = this.#objects.get(key) ?? [];
    const found =
      versionId === undefined ? versions.at(-1) : versions.find((one) => one.versionId === versionId);
    if (found === undefined) return {};
    return {
      'content-length': String(Buffer.byteLength(found.content)),
      'content-type': 'text/plain',
      etag: `"${etagOf(found)}"`,
      'last-modified': new Date(0).toUTCString(),
      ...(found.versionId !== undefined && { 'x-amz-version-id': found.versionId }),
    };
  }

  #update(call: Input): object {
    const { TableName, Key, ConditionExpression } = call;
    const known = this.#items.get(keyText(TableName, Key));
    if (!holds(ConditionExpression, known, call)) throw refused(known);
    const Attributes = applyUpdate(known ?? Key, call);
    this.#items.set(keyText(TableName, Key), Attributes);
    return { Attributes };
  }
}

const etagOf = ({ content }: FakeVersion) => `etag-of-${content}`;

function refused(known: Input): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'there', { Item: known });
}

function keyText(table: string, { pk, sk }: Input): string {
  return `${table} ${pk.S} ${sk?.S ?? ''}`;
}

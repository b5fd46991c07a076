import { tenantPartition, versionKey } from './document-items.ts';
import type { Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { keyOf, queryPartition } from './partition-query.ts';

/** Each of them is one query for its versions. */
const DOCUMENTS_AT_ONCE = 25;
const VERSIONS_AT_ONCE = 1_000;

/**
 * Finds the keys of a tenant's next documents and of all their versions; the versions stand first, since without its
 * document nobody would find them again.
 */
export async function findDocumentKeys(
  tenantId: string,
  startKey: Item | undefined,
): Promise<{ keys: Item[]; nextKey?: Item }> {
  const documents = {
    table: readEnvironment('documentsTable'),
    value: tenantPartition(tenantId),
    also: ['h'],
  };
  const { items, nextKey } = await queryPartition(documents, DOCUMENTS_AT_ONCE, startKey);
  const versions = await Promise.all(items.map(({ h }) => findVersionKeys(h?.S ?? '')));
  return { keys: [...versions.flat(), ...items.map(keyOf)], nextKey };
}

async function findVersionKeys(hashId: string): Promise<Item[]> {
  const keys: Item[] = [];
  const versions = { table: readEnvironment('documentsTable'), value: versionKey(hashId, '').pk?.S ?? '' };
  let startKey: Item | undefined;
  do {
    const { items, nextKey } = await queryPartition(versions, VERSIONS_AT_ONCE, startKey);
    keys.push(...items.map(keyOf));
    startKey = nextKey;
  } while (startKey !== undefined);
  return keys;
}

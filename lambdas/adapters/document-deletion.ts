import { tenantPartition, versionKey } from './document-items.ts';
import type { Item } from './dynamodb.ts';
import { readEnvironment } from './environment.ts';
import { keyOf, queryPartition } from './partition-query.ts';

/** Each of them is one query for its versions. */
const DOCUMENTS_AT_ONCE = 25;
const KEYS_AT_ONCE = 1_000;

/**
 * Finds the keys of some of a tenant's documents and of their versions; the versions stand first, since without its document
 * nobody would find them again. A document that has more of them than fit stays until they are gone: with what is deleted goes
 * the place, so each call begins at the front.
 */
export async function findDocumentKeys(tenantId: string): Promise<Item[]> {
  const table = readEnvironment('documentsTable');
  const documents = { table, value: tenantPartition(tenantId), also: ['h'] };
  const { items } = await queryPartition(documents, DOCUMENTS_AT_ONCE, undefined);
  const keys: Item[] = [];
  for (const document of items) {
    const versions = { table, value: versionKey(document.h?.S ?? '', '').pk?.S ?? '' };
    const page = await queryPartition(versions, KEYS_AT_ONCE, undefined);
    keys.push(...page.items.map(keyOf));
    if (page.nextKey !== undefined) break;
    keys.push(keyOf(document));
    if (keys.length >= KEYS_AT_ONCE) break;
  }
  return keys;
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * The bytes of an item as DynamoDB counts them, by "DynamoDB item sizes and formats" of its developer guide: names and
 * strings as UTF-8; a number as a byte for two significant digits and one more; a binary as its raw bytes; true, false
 * and null as one byte; a list or map as three bytes, and one for each of its members.
 */
export function itemSize(item: Record<string, AttributeValue>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined)
    return Buffer.from(value.B as unknown as string, typeof value.B === 'string' ? 'base64' : undefined)
      .length;
  if (value.L !== undefined) return value.L.reduce((sum, member) => sum + 1 + valueSize(member), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

function numberSize(text: string): number {
  const digits = text.replace(/^-/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

import type { StreamRecord } from 'aws-lambda';
import type { Item } from './dynamodb.ts';

/** An image of a stream record as an item: it comes as JSON, with binaries as base64. */
export function toItem(image: NonNullable<StreamRecord['NewImage']>): Item {
  const attributes = Object.entries(image).map(([name, value]) => [
    name,
    value.B === undefined ? value : { B: Buffer.from(value.B, 'base64') },
  ]);
  return Object.fromEntries(attributes) as Item;
}

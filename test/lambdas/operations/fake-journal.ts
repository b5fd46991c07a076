import { packText } from '../../../lambdas/adapters/packing.ts';
import type { FakeAws } from '../fake-aws.ts';

export interface Line {
  readonly id: string;
  readonly type?: string;
  readonly acceptedAt?: number;
  /** Bytes of data. */
  readonly size?: number;
}

/** A tenant's journal in memory, and the events that it names. Pages may be taken away, as their expiry does. */
export class FakeJournal {
  readonly pages = new Map<number, readonly Line[]>();

  constructor(aws: FakeAws) {
    aws.on('Query', ({ ExpressionAttributeValues: values, ScanIndexForward: forward, Limit }) => {
      const from = Number(values[':from'].S);
      const numbers = [...this.pages.keys()].filter((number) => (forward ? number >= from : number <= from));
      numbers.sort((a, b) => (forward ? a - b : b - a));
      return { Items: numbers.slice(0, Limit).map((number) => this.#item(number)) };
    });
    aws.on('GetItem', ({ Key }) => {
      const id = Key.pk.S.split('#')[1];
      const line = [...this.pages.values()].flat().find((known) => known.id === id);
      return line === undefined ? {} : { Item: eventItem(Key.pk.S, line) };
    });
  }

  #item(number: number) {
    const lines = (this.pages.get(number) ?? []).map(({ id, type = 'a.b', acceptedAt = 1 }) => ({
      id,
      type,
      acceptedAt,
    }));
    return {
      pk: { S: 'JOURNAL#ten_1' },
      sk: { S: String(number).padStart(16, '0') },
      lines: packed(JSON.stringify(lines)),
    };
  }
}

function eventItem(pk: string, { type = 'a.b', acceptedAt = 1, size = 0 }: Line) {
  return {
    pk: { S: pk },
    y: { S: type },
    d: packed(JSON.stringify({ x: 'x'.repeat(size) })),
    a: { N: String(acceptedAt) },
    h: { B: 'AAAA' },
  };
}

/** A text or bytes as they go over the wire. */
function packed(text: string) {
  const { S, B } = packText(text);
  return S === undefined ? { B: Buffer.from(B as Uint8Array).toString('base64') } : { S };
}

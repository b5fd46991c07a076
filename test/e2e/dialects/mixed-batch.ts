type Entry = (n: number) => object;

/**
 * A hundred entries for a tenant that has `entry(0)` already: an echo, a conflict and four kinds of refusal among what
 * is fine.
 */
export function mixedBatch(entry: Entry): { entries: unknown[]; results: object[] } {
  const odd: Record<number, { sent: unknown; result: object }> = {
    0: { sent: entry(0), result: { status: 202, id: 'evt_0' } },
    10: {
      sent: { ...entry(0), data: { n: 'other' } },
      result: { status: 409, id: 'evt_0', error: { code: 'conflict', detail: expect.any(String) } },
    },
    20: {
      sent: { ...entry(20), type: 'order.lost' },
      result: {
        status: 422,
        id: 'evt_20',
        error: {
          code: 'unknown_event_type',
          path: 'events[20].type',
          detail: expect.stringContaining('order.paid'),
        },
      },
    },
    50: {
      sent: { ...entry(50), data: [] },
      result: { status: 422, id: 'evt_50', error: { code: 'invalid_request', path: 'events[50].data' } },
    },
    70: { sent: 'no event', result: { status: 422, error: { path: 'events[70]' } } },
    99: {
      sent: { ...entry(99), data: { pad: 'x'.repeat(100_000) } },
      result: { status: 413, id: 'evt_99', error: { path: 'events[99].data' } },
    },
  };
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  return {
    entries: numbers.map((i) => odd[i]?.sent ?? entry(i)),
    results: numbers.map((i) => odd[i]?.result ?? { status: 202, id: `evt_${i}` }),
  };
}

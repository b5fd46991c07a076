import { expect, test } from '@jest/globals';
import type { EndpointChange, FailedDelivery } from '../../../core/notice.ts';
import { OPERATIONAL_EXAMPLES } from '../../../core/operational-event.ts';
import { occurrencesOf } from '../../../lambdas/adapters/endpoint-occurrences.ts';

test('the examples have the members of what is told of an endpoint, in their order', () => {
  const ids = { tenantId: 'ten_1', endpointId: 'ep_1', deliveryKey: 'k', eventId: 'evt_1' };
  const counts = { eventType: 'order.paid', attempts: 10, error: 'x', statusCode: 500, at: 2 };
  const failures: FailedDelivery[] = [{ kind: 'delivery', ...ids, ...counts }];
  const changes: EndpointChange[] = [
    { kind: 'failing', at: 2, since: 1, reason: 'x' },
    { kind: 'recovered', at: 3, since: 1 },
    { kind: 'disabled', at: 4, reason: 'x' },
  ];
  const endpoint = { id: 'ep_1', tenantId: 'ten_1', dialect: 'standard', url: 'https://a.example/' } as never;
  const told = occurrencesOf(endpoint, failures, changes);
  expect(told).toHaveLength(4);
  for (const { type, data } of told) {
    expect(Object.keys(data)).toEqual(['tenant_id', ...Object.keys(OPERATIONAL_EXAMPLES[type])]);
  }
});

import { expect, test } from '@jest/globals';
import { checkActive } from '../../core/tenant.ts';

test('what is done for a tenant is done while it is active', () => {
  expect(() => checkActive({ id: 'acme', status: 'active' })).not.toThrow();
});

test.each([
  ['disabled', 'The tenant "acme" is disabled. The operator can enable it again.'],
  ['deleting', 'The tenant "acme" is being deleted.'],
] as const)('a tenant that is %s is refused, and told so', (status, message) => {
  expect(() => checkActive({ id: 'acme', status })).toThrow(
    expect.objectContaining({ code: 'tenant_disabled', message }),
  );
});

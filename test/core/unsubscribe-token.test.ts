import { isSignedFor, readUnsubscribe, signUnsubscribe } from '../../core/unsubscribe-token.ts';

const key = 'k'.repeat(48);
const email = 'dev@example.com';
const token = signUnsubscribe(key, { tenantId: 'acme', endpointId: 'ep_1' }, email);

test('a link names its endpoint, and not the address', () => {
  expect(readUnsubscribe(token)).toEqual({ tenantId: 'acme', endpointId: 'ep_1' });
  expect(token).not.toContain('dev');
  expect(token).toMatch(/^[\w.-]+$/);
});

test('a link is good for its address, and for no other', () => {
  expect(isSignedFor(key, token, email)).toBe(true);
  expect(isSignedFor(key, token, 'other@example.com')).toBe(false);
});

test.each([
  ['another endpoint', token.replace('ep_1', 'ep_2')],
  ['another tenant', token.replace('acme', 'acm2')],
  ['no signature', 'acme.ep_1.'],
  ['a shorter signature', token.slice(0, -1)],
  ['a longer signature', `${token}A`],
  ['more parts', `${token}.x`],
  ['nothing', ''],
])('a link with %s is refused', (_case, changed) => expect(isSignedFor(key, changed, email)).toBe(false));

test('a link of another key is refused', () => {
  const forged = signUnsubscribe('x'.repeat(48), { tenantId: 'acme', endpointId: 'ep_1' }, email);
  expect(isSignedFor(key, forged, email)).toBe(false);
});

test('where one part ends and the next begins cannot be moved', () => {
  const other = signUnsubscribe(key, { tenantId: 'acm', endpointId: 'e' }, email);
  expect(other.split('.')[2]).not.toBe(token.split('.')[2]);
});

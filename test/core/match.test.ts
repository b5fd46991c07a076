import { describe, expect, jest, test } from '@jest/globals';
import { parseJson } from '../../core/json.ts';
import { EVENT_PATTERN, type EventFilters, matches, matchesType, passesFilters } from '../../core/match.ts';

test.each([
  ['*', 'order.paid', true],
  ['*', 'order', true],
  ['order.paid', 'order.paid', true],
  ['order.paid', 'order.paid.late', false],
  ['order.paid', 'order', false],
  ['order.paid', 'Order.paid', false],
  ['order.*', 'order.paid', true],
  ['order.*', 'order.paid.late', true],
  ['order.*', 'order', false],
  ['order.*', 'orders.paid', false],
  ['order.*', 'orderXpaid', false],
  ['order.paid.*', 'order.paid.late', true],
  ['order.paid.*', 'order.paid', false],
  ['order', 'order.paid', false],
])('%s takes %s: %s', (pattern, type, taken) => {
  expect(matchesType(pattern, type)).toBe(taken);
});

test.each([
  ['*', true],
  ['order.paid', true],
  ['order.*', true],
  ['order.paid.*', true],
  ['', false],
  ['order.', false],
  ['*.paid', false],
  ['order*', false],
  ['order.*.late', false],
  ['**', false],
])('%j may be subscribed to: %s', (pattern, accepted) => {
  expect(EVENT_PATTERN.test(pattern)).toBe(accepted);
});

const data = parseJson(
  '{"fabricId":"a","n":1.0,"paid":true,"note":null,"tags":["x","y"],"user":{"plan":"pro"},"a.b":"one key","a":{"b":"two"},"id":9007199254740993,"lines":[{"sku":"s1"}],"__proto__":"own"}',
);

test.each<[EventFilters, boolean]>([
  [{}, true],
  [{ fabricId: ['a', 'b'] }, true],
  [{ fabricId: ['b'] }, false],
  [{ fabricId: ['A'] }, false],
  [{ n: [1] }, true],
  [{ n: ['1'] }, false],
  [{ paid: [true] }, true],
  [{ paid: ['true'] }, false],
  [{ note: [null] }, true],
  [{ missing: [null] }, false],
  [{ tags: ['y'] }, true],
  [{ tags: ['z'] }, false],
  [{ 'user.plan': ['pro', 'team'] }, true],
  [{ 'user.plan.name': ['pro'] }, false],
  [{ user: ['pro'] }, false],
  [{ 'a.b': ['one key'] }, true],
  [{ 'a.b': ['two'] }, false],
  [{ 'lines.0.sku': ['s1'] }, true],
  [{ id: ['9007199254740993'] }, true],
  [{ id: [9007199254740992] }, false],
  [{ toString: [null] }, false],
  [{ 'constructor.name': ['Object'] }, false],
  [JSON.parse('{"__proto__":["own"]}'), true],
  [{ fabricId: ['a'], paid: [true] }, true],
  [{ fabricId: ['a'], paid: [false] }, false],
])('the filter %j lets the data pass: %s', (filters, passed) => {
  expect(passesFilters(filters, data)).toBe(passed);
});

describe('an endpoint gets an event', () => {
  const endpoint = { active: true, events: ['order.*', 'user.created'] };

  test('when one of its patterns takes the type', () => {
    expect(matches(endpoint, { type: 'user.created' }, () => ({}))).toBe(true);
    expect(matches(endpoint, { type: 'user.deleted' }, () => ({}))).toBe(false);
  });

  test('never while it is disabled', () => {
    expect(matches({ ...endpoint, events: ['*'], active: false }, { type: 'order.paid' }, () => ({}))).toBe(
      false,
    );
  });

  test('when its filters let the data pass as well', () => {
    const filters = { plan: ['pro'] };
    expect(matches({ ...endpoint, filters }, { type: 'order.paid' }, () => ({ plan: 'pro' }))).toBe(true);
    expect(matches({ ...endpoint, filters }, { type: 'order.paid' }, () => ({ plan: 'free' }))).toBe(false);
  });

  test.each([
    ['operational', true],
    ['ordinary', false],
  ])('of its own kind alone: %s', (_kind, operational) => {
    const event = (operational: boolean) => ({ type: 'endpoint.failing', operational });
    const everything = { active: true, events: ['*', 'endpoint.failing'], operational };
    expect(matches(everything, event(operational), () => ({}))).toBe(true);
    expect(matches(everything, event(!operational), () => ({}))).toBe(false);
  });

  test('without its data being parsed, where no filter asks for it', () => {
    const read = jest.fn(() => ({}));
    matches(endpoint, { type: 'order.paid' }, read);
    matches({ ...endpoint, filters: { a: [1] } }, { type: 'user.deleted' }, read);
    expect(read).not.toHaveBeenCalled();
  });
});

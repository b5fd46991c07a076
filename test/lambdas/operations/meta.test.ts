import { afterEach, expect, test } from '@jest/globals';
import { metaOperations } from '../../../lambdas/operations/meta.ts';

afterEach(() => {
  delete process.env.STATIC_ADDRESSES;
});

const list = () => metaOperations[0]?.run({} as never);

test('a deployment with fixed addresses lists them', async () => {
  process.env.STATIC_ADDRESSES = '203.0.113.7,203.0.113.8';
  expect(await list()).toEqual({ ips: ['203.0.113.7', '203.0.113.8'] });
});

test('one without says why there are none', async () => {
  expect(await list()).toEqual({ ips: [], reason: expect.stringContaining('no fixed addresses') });
});

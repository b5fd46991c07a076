import { expect, test } from '@jest/globals';
import { compareBytes } from '../../../local/demo/document.ts';

const sent = Buffer.from('all is well');

test('the same bytes are the same', () => {
  expect(compareBytes(sent, Buffer.from('all is well'))).toBeUndefined();
});

test.each([
  ['all is wel', '11 bytes were sent, 10 came back'],
  ['ALL IS WELL', 'other bytes came back: SHA-256'],
])('%j is not what was sent', (got, fault) => {
  expect(compareBytes(sent, Buffer.from(got))).toContain(fault);
});

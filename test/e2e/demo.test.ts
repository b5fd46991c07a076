import { findShortcomings } from '../../local/demo/board.ts';
import { type Demo, openDemo } from '../../local/demo/demo.ts';
import { showDocument } from '../../local/demo/document.ts';
import { DEMO_TENANTS } from '../../local/demo/scenario.ts';
import { PATIENCE_MS } from './platform.ts';
import { readOutputs } from './read-outputs.ts';

describe('the demo', () => {
  let demo: Demo;
  afterEach(() => demo?.close());

  test("every dialect's receiver verifies its guide's events, and the flaky one accepts the third attempt", async () => {
    demo = await openDemo(readOutputs(), () => {});
    await demo.publish();
    const board = await demo.follow(PATIENCE_MS);
    expect(findShortcomings(board)).toEqual([]);
    expect(board.size).toBe(DEMO_TENANTS.flatMap(({ events }) => events).length);
    const flaky = [...board.values()].filter(({ tenant }) => tenant === 'demo-flaky');
    expect(flaky).toEqual([
      expect.objectContaining({ requests: 3, log: expect.objectContaining({ attempts: 3 }) }),
    ]);
  });

  test('a file that a tenant uploads comes back by its notification, byte for byte', async () => {
    const lines: string[] = [];
    expect(await showDocument(readOutputs(), (line) => lines.push(line))).toBeUndefined();
    expect(lines).toEqual([
      expect.stringMatching(/^✔ demo-files uploaded README\.md, \d+ bytes, without AWS keys$/),
      expect.stringMatching(/^✔ FileStore\.Upload arrived: doc_/),
      expect.stringMatching(/^✔ called back with its key: README\.md, \d+ bytes$/),
      expect.stringMatching(/^✔ got a link that works until 20/),
      '✔ the bytes are the same',
    ]);
  });

  test('a platform that cannot be reached is a fault, with the reason', async () => {
    const outputs = { ...readOutputs(), operatorKey: 'wrong' };
    expect(await showDocument(outputs, () => {})).toMatch(/^POST \/v1\/tenants was answered 401/);
  });
});

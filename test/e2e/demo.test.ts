import { findShortcomings } from '../../local/demo/board.ts';
import { type Demo, openDemo } from '../../local/demo/demo.ts';
import { DEMO_TENANTS } from '../../local/demo/scenario.ts';
import { readOutputs } from './read-outputs.ts';

describe('the demo', () => {
  let demo: Demo;
  afterEach(() => demo?.close());

  test("every dialect's receiver verifies its guide's events, and the flaky one accepts the third attempt", async () => {
    demo = await openDemo(readOutputs(), () => {});
    await demo.publish();
    const board = await demo.follow(45_000);
    expect(findShortcomings(board)).toEqual([]);
    expect(board.size).toBe(DEMO_TENANTS.flatMap(({ events }) => events).length);
    const flaky = [...board.values()].filter(({ tenant }) => tenant === 'demo-flaky');
    expect(flaky).toEqual([
      expect.objectContaining({ requests: 3, log: expect.objectContaining({ attempts: 3 }) }),
    ]);
  }, 60_000);
});

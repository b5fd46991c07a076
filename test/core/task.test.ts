import { expect, test } from '@jest/globals';
import { countLeft, passPage, startTask, type Task } from '../../core/task.ts';

const wanted = {
  id: 'task_1',
  tenantId: 'ten_1',
  kind: 'recover',
  endpointId: 'ep_1',
  since: 1,
  until: 9,
} as const;
const task = (changes: Partial<Task>): Task => ({ ...startTask(wanted, 10), ...changes });

test('a new task has done nothing, and nobody knows what is left', () => {
  expect(task({})).toMatchObject({
    ...wanted,
    state: 'running',
    done: 0,
    failed: 0,
    skipped: 0,
    createdAt: 10,
  });
  expect(countLeft(task({}))).toBeUndefined();
  expect(countLeft(task({ found: 500 }))).toBeUndefined();
});

test.each<[Partial<Task>, number]>([
  [{ counted: true, found: 10 }, 10],
  [{ counted: true, found: 10, done: 3, failed: 2, skipped: 1 }, 4],
  // More failed while the task was under way.
  [{ counted: true, found: 10, done: 12 }, 0],
  // Some were delivered meanwhile.
  [{ counted: true, found: 10, done: 8, state: 'done' }, 0],
  [{ counted: true, found: 10, done: 8, state: 'stopped' }, 2],
])('of %j are left: %i', (changes, left) => {
  expect(countLeft(task(changes))).toBe(left);
});

test('a page that is passed is counted, and the next one begins behind it', () => {
  const page = { to: 'there', done: 5, skipped: 2, failed: 1 };
  const passed = passPage(task({ done: 10, page, place: 'here' }), page);
  expect(passed).toMatchObject({ done: 15, skipped: 2, failed: 1, place: 'there', page: undefined });
});

import {
  addLogged,
  addPublished,
  addRequest,
  type Board,
  countDelivered,
  emptyBoard,
  findShortcomings,
} from '../../../local/demo/board.ts';
import { renderChanges, renderTable } from '../../../local/demo/render.ts';

const published = (board: Board = emptyBoard) =>
  addPublished(board, { tenant: 'demo-flaky', dialect: 'demo', type: 'contact.created', eventId: 'msg_1' });
const logged = (status: string, attempts: number, status_code = 200) => ({
  event_id: 'msg_1',
  status,
  attempts,
  status_code,
});

describe('the demo board', () => {
  test('a delivery counts when its receiver verified it and the log says success', () => {
    const received = addRequest(published(), 'msg_1', 'verified');
    expect(countDelivered(received)).toBe(0);
    expect(countDelivered(addLogged(received, logged('success', 1)))).toBe(1);
  });

  test('a success that no receiver saw does not count, and is named', () => {
    const board = addLogged(published(), logged('success', 1));
    expect(findShortcomings(board)).toEqual([
      'demo-flaky contact.created: published, logged as success 200 (1 attempt); its receiver saw no request',
    ]);
  });

  test('what did not change is the same board', () => {
    const board = addLogged(published(), logged('retrying', 1, 500));
    expect(addLogged(board, logged('retrying', 1, 500))).toBe(board);
    expect(addRequest(board, 'evt_unknown', 'verified')).toBe(board);
  });
});

describe('showing it', () => {
  const before = published();
  const after = addRequest(before, 'msg_1', 'answered 500');

  test('piped, each change is a line', () => {
    expect(renderChanges(before, before)).toEqual([]);
    expect(renderChanges(before, after)).toEqual([
      '… demo-flaky contact.created: receiver answered 500 (request 1)',
    ]);
  });

  test('in a terminal it is a table with a sum, cut to the width', () => {
    const lines = renderTable(after, 60);
    expect(lines[0]).toMatch(/^ +TENANT +EVENT +RECEIVER +LOG/);
    expect(lines[1]).toMatch(/^… {2}demo-flaky {2}contact\.created {2}answered 500/);
    expect(lines.at(-1)).toMatch(/^0 of 1 deliveries verified/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});

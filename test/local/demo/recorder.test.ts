import { type Board, emptyBoard } from '../../../local/demo/board.ts';
import type { ReceiverReport } from '../../../local/demo/receiver-server.ts';
import { makeRecorder } from '../../../local/demo/recorder.ts';

const event = { tenant: 'demo-arka', dialect: 'arka', type: 'integration.connected', eventId: 'evt_1' };
const verified = (eventId: string): ReceiverReport => ({
  tenant: 'demo-arka',
  eventId,
  type: 'integration.connected',
  outcome: 'verified',
});

describe('the recorder', () => {
  let board: Board;
  let others: ReceiverReport[];
  const make = () => {
    board = emptyBoard;
    others = [];
    return makeRecorder(
      (next) => {
        board = next;
      },
      (report) => others.push(report),
    );
  };

  test('a delivery that arrives before the publish call is answered counts', () => {
    const recorder = make();
    recorder.received(verified('evt_1'));
    recorder.published(event);
    expect(board.get('evt_1')).toMatchObject({ receiver: 'verified', requests: 1 });
    expect(others).toEqual([]);
  });

  test("an event that is not the demo's is passed on once publishing has ended", () => {
    const recorder = make();
    recorder.received(verified('evt_own'));
    expect(others).toEqual([]);
    recorder.endPublishing();
    recorder.received(verified('evt_own'));
    expect(others).toEqual([verified('evt_own'), verified('evt_own')]);
  });
});

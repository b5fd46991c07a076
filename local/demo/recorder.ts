import {
  addLogged,
  addPublished,
  addRequest,
  type Board,
  emptyBoard,
  type LoggedDelivery,
  type PublishedEvent,
} from './board.ts';
import type { ReceiverReport } from './receiver-server.ts';

/** Keeps the board up to date with what publisher, receivers and log say, in whatever order they say it. */
export interface Recorder {
  current(): Board;
  published(event: PublishedEvent): void;
  received(report: ReceiverReport): void;
  logged(delivery: LoggedDelivery): void;
  /** No further event will be published: what receivers report of others is none of the demo's. */
  endPublishing(): void;
}

/** `onChange` gets each new board, `onOther` reports of events that the demo did not publish. */
export function makeRecorder(
  onChange: (board: Board) => void,
  onOther: (report: ReceiverReport) => void,
): Recorder {
  let board = emptyBoard;
  // A delivery may reach its receiver before the publish call's answer reaches us.
  let early: ReceiverReport[] | null = [];
  const update = (next: Board) => {
    if (next === board) return;
    board = next;
    onChange(board);
  };
  const received = (report: ReceiverReport) => {
    const { eventId, outcome } = report;
    if (eventId && board.has(eventId)) update(addRequest(board, eventId, outcome));
    else if (early) early.push(report);
    else onOther(report);
  };
  const repeat = (reports: readonly ReceiverReport[] | null) => {
    for (const report of reports ?? []) received(report);
  };
  return {
    current: () => board,
    received,
    logged: (delivery) => update(addLogged(board, delivery)),
    published(event) {
      update(addPublished(board, event));
      repeat(early?.splice(0) ?? null);
    },
    endPublishing() {
      const left = early;
      early = null;
      repeat(left);
    },
  };
}

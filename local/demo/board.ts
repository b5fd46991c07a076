/** What the log says of a delivery, as the API shows it. */
export interface LoggedDelivery {
  readonly event_id: string;
  readonly status: string;
  readonly status_code?: number | null;
  readonly attempts: number;
}

/** One demo delivery, seen from both sides: by the receiver and in the log. */
export interface Row {
  readonly tenant: string;
  readonly dialect: string;
  readonly type: string;
  readonly eventId: string;
  /** Requests that reached the receiver. */
  readonly requests: number;
  readonly receiver: 'waiting' | 'verified' | 'answered 500' | 'refused';
  readonly log: LoggedDelivery | null;
}

export type PublishedEvent = Pick<Row, 'tenant' | 'dialect' | 'type' | 'eventId'>;

/** The rows by event id, in the order of publishing. */
export type Board = ReadonlyMap<string, Row>;

export const emptyBoard: Board = new Map();

export function addPublished(board: Board, row: PublishedEvent): Board {
  return new Map(board).set(row.eventId, { requests: 0, receiver: 'waiting', log: null, ...row });
}

export function addRequest(board: Board, eventId: string, receiver: Row['receiver']): Board {
  const row = board.get(eventId);
  return row ? new Map(board).set(eventId, { ...row, requests: row.requests + 1, receiver }) : board;
}

export function addLogged(board: Board, log: LoggedDelivery): Board {
  const row = board.get(log.event_id);
  const known = row?.log;
  if (!row || (known?.status === log.status && known.attempts === log.attempts)) return board;
  return new Map(board).set(log.event_id, { ...row, log });
}

/** Verified by its receiver and logged as a success. */
export function isDelivered(row: Row): boolean {
  return row.receiver === 'verified' && row.log?.status === 'success';
}

/** No further attempt will come. */
export function isHopeless(row: Row): boolean {
  return row.log?.status === 'failed' || row.log?.status === 'discarded';
}

export function countDelivered(board: Board): number {
  return [...board.values()].filter(isDelivered).length;
}

/** Why the demo did not end well, one line per delivery that is missing; empty where it did. */
export function findShortcomings(board: Board): string[] {
  return [...board.values()]
    .filter((row) => !isDelivered(row))
    .map((row) => `${describeRow(row)}${row.requests === 0 ? '; its receiver saw no request' : ''}`);
}

export function describeRow({ tenant, type, receiver, requests, log }: Row): string {
  const seen = requests === 0 ? 'published' : `receiver ${receiver} (request ${requests})`;
  return `${tenant} ${type}: ${[seen, describeLog(log)].filter(Boolean).join(', ')}`;
}

function describeLog(log: LoggedDelivery | null): string {
  if (!log) return '';
  const attempts = log.attempts === 1 ? '1 attempt' : `${log.attempts} attempts`;
  return ['logged as', log.status, log.status_code, `(${attempts})`].filter(Boolean).join(' ');
}

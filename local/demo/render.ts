import { type Board, countDelivered, describeRow, isDelivered, isHopeless, type Row } from './board.ts';

const COLUMNS = ['', 'TENANT', 'EVENT', 'RECEIVER', 'LOG'] as const;

/** The whole board as a table, no line longer than `width`; fits 80 columns. */
export function renderTable(board: Board, width: number): string[] {
  const rows = [COLUMNS, ...[...board.values()].map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return [...lines, '', ...conclusion(board)].map((line) => line.trimEnd().slice(0, width));
}

/** One line for each row that is not as it was before. */
export function renderChanges(before: Board, after: Board): string[] {
  return [...after.values()]
    .filter((row) => before.get(row.eventId) !== row)
    .map((row) => `${mark(row)} ${describeRow(row)}`);
}

/** How many deliveries are done, and that the retries seen are on no guide's schedule. */
export function conclusion(board: Board): string[] {
  return [
    'demo-flaky answers 500 twice; its retries have a demo schedule (1 s, 2 s).',
    `${countDelivered(board)} of ${board.size} deliveries verified by their receivers and logged as success.`,
  ];
}

function cells(row: Row): readonly string[] {
  const receiver = row.requests > 0 ? row.receiver : '';
  const log = row.log
    ? [row.log.status, row.log.status_code, `×${row.log.attempts}`].filter(Boolean).join(' ')
    : '';
  return [mark(row), row.tenant, row.type, receiver, log];
}

function mark(row: Row): string {
  if (isDelivered(row)) return '✔';
  return isHopeless(row) || row.receiver === 'refused' ? '✘' : '…';
}

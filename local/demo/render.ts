import {
  type Board,
  countDelivered,
  describeLog,
  describeRow,
  isDelivered,
  isHopeless,
  type Row,
} from './board.ts';

const COLUMNS = ['', 'TENANT', 'EVENT', 'REQUESTS', 'RECEIVER', 'LOG'] as const;
const DEMO_SCHEDULE = 'demo schedule: 1 s, 2 s';

/** The whole board as a table, no line longer than `width`. */
export function renderTable(board: Board, width: number): string[] {
  const rows = [COLUMNS, ...[...board.values()].map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return [...lines, '', countLine(board)].map((line) => line.trimEnd().slice(0, width));
}

/** One line for each row that is not as it was before. */
export function renderChanges(before: Board, after: Board): string[] {
  return [...after.values()]
    .filter((row) => before.get(row.eventId) !== row)
    .map((row) => `${mark(row)} ${describeRow(row)}${scheduleNote(row)}`);
}

export function countLine(board: Board): string {
  return `${countDelivered(board)} of ${board.size} deliveries verified by their receivers and logged as success`;
}

function cells(row: Row): readonly string[] {
  return [
    mark(row),
    row.tenant,
    row.type,
    String(row.requests),
    row.receiver + scheduleNote(row),
    describeLog(row.log),
  ];
}

function mark(row: Row): string {
  if (isDelivered(row)) return '✔';
  return isHopeless(row) || row.receiver === 'refused' ? '✘' : '…';
}

/** The retries seen are not a guide's own: say so wherever they show. */
function scheduleNote(row: Row): string {
  return row.dialect === 'demo' && row.requests > 0 ? ` [${DEMO_SCHEDULE}]` : '';
}

/** Rows as a table, or as one JSON object a line. */
export function printRows(
  rows: readonly object[],
  columns: readonly string[],
  json: boolean,
  print: (line: string) => void,
): void {
  if (json) {
    for (const row of rows) print(JSON.stringify(row));
    return;
  }
  const cells = rows.map((row) => columns.map((column) => showCell(row, column)));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const format = (line: readonly string[]) =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  print(format(columns.map((column) => column.toUpperCase())));
  for (const line of cells) print(format(line));
}

function showCell(row: object, column: string): string {
  const value: unknown = (row as Record<string, unknown>)[column];
  // Whatever a producer put there, it must not steer the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is for
  return String(value ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

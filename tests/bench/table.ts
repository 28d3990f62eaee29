/** A row of cells, or a heading over the rows that follow. */
export type TableRow = readonly string[] | string;

const gap = "   ";

/** Text in columns: the first column to the left, the others to the right. */
export function formatTable(rows: readonly TableRow[]): string {
  const cells = rows.filter((row) => typeof row !== "string");
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => (typeof row === "string" ? `\n${row}` : row.map(pad).join(gap).trimEnd())).join("\n");
}

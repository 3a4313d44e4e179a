/** What a spreadsheet would take for the start of a formula, full-width forms included. */
const FORMULA = /^'*[=+\-@\t\r\n\0＝＋－＠]/;
const ESCAPED = /^'+[=+\-@\t\r\n\0＝＋－＠]/;
const SPECIAL = /[",\r\n]/;

/** One line of CSV, its line break included. Cells are quoted only where they must be. */
export function csvLine(cells: readonly string[]): string {
  let line = '';
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index] ?? '';
    if (index > 0) line += ',';
    line += SPECIAL.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
  // A row of one empty cell must not look like an empty line, which is no row.
  return `${line === '' ? '""' : line}\r\n`;
}

/** Text that no spreadsheet runs as a formula: an apostrophe stands before it. */
export function escapeFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes back {@link escapeFormula}. */
export function unescapeFormula(text: string): string {
  return ESCAPED.test(text) ? text.slice(1) : text;
}

import { createError } from '@objectos/spec/errors';

/** One row of a CSV file. */
export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Takes text piece by piece and gives back the rows that are complete. */
export interface CsvParser {
  push(text: string): CsvRow[];
  /** @throws `import_file_invalid` when a quoted cell never ends */
  end(): CsvRow[];
}

/** Longest cell, and most cells of a row: a missing quote must not swallow the memory. */
export const MAX_CELL = 1024 * 1024;
export const MAX_COLUMNS = 1_000;

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Parses CSV as RFC 4180 has it: cells in quotes may hold delimiters, line breaks and doubled quotes;
 * lines end with LF, CRLF or CR. A quote inside an unquoted cell stands for itself. Empty lines are
 * no rows.
 *
 * @throws `import_file_invalid` with the line
 */
export function createCsvParser(delimiter: string): CsvParser {
  const separator = delimiter.charCodeAt(0);
  let rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  let line = 1;
  let rowLine = 1;
  let skipLineFeed = false;

  const fail = (reason: string) => createError('import_file_invalid', { line: rowLine, reason });

  function append(text: string): void {
    cell += text;
    if (cell.length > MAX_CELL) throw fail('a cell is longer than 1 MiB; is a quote missing?');
  }

  function endCell(): void {
    if (cells.length >= MAX_COLUMNS) throw fail(`a row has more than ${MAX_COLUMNS} cells`);
    cells.push(cell);
    cell = '';
    state = 'start';
  }

  function endRow(): void {
    const empty = cells.length === 0 && cell === '' && state === 'start';
    if (!empty) {
      endCell();
      rows.push({ line: rowLine, cells });
      cells = [];
    }
    state = 'start';
    line += 1;
    rowLine = line;
  }

  /** Consumes the inside of a quoted cell; answers the position behind what it took. */
  function quoted(text: string, from: number): number {
    const close = text.indexOf('"', from);
    const part = close === -1 ? text.slice(from) : text.slice(from, close);
    line += countLines(part);
    append(part);
    if (close === -1) return text.length;
    state = 'closed';
    return close + 1;
  }

  /** Consumes text up to the next delimiter or line break. */
  function plain(text: string, from: number): number {
    let at = from;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === separator || code === LF || code === CR) break;
      at += 1;
    }
    append(text.slice(from, at));
    state = 'plain';
    return at;
  }

  function step(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (skipLineFeed) {
      skipLineFeed = false;
      if (code === LF) return at + 1;
    }
    if (state === 'quoted') return quoted(text, at);
    if (code === QUOTE && state === 'start') {
      state = 'quoted';
      return at + 1;
    }
    if (code === QUOTE && state === 'closed') {
      append('"');
      state = 'quoted';
      return at + 1;
    }
    if (code === separator) {
      endCell();
      return at + 1;
    }
    if (code === LF || code === CR) {
      endRow();
      skipLineFeed = code === CR;
      return at + 1;
    }
    if (state === 'closed') throw fail('text stands behind a closing quote');
    return plain(text, at);
  }

  function take(): CsvRow[] {
    const done = rows;
    rows = [];
    return done;
  }

  return {
    push(text) {
      for (let at = 0; at < text.length;) at = step(text, at);
      return take();
    },
    end() {
      if (state === 'quoted') throw fail('a quoted cell does not end');
      if (cells.length > 0 || cell !== '' || state !== 'start') endRow();
      return take();
    },
  };
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

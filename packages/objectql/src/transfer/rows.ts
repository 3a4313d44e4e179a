import { createError } from '@objectos/spec/errors';
import type { CsvRow } from './csv-parser.js';
import { readCsv } from './csv-read.js';
import { decodeText, type ByteSource } from './decode.js';
import { readJsonLines } from './json-lines.js';

/** File formats of import and export. */
export const TRANSFER_FORMATS = ['csv', 'jsonl'] as const;

/** One of {@link TRANSFER_FORMATS}. */
export type TransferFormat = (typeof TRANSFER_FORMATS)[number];

/** One row of a file, under the names that its columns have there. */
export interface FileRow {
  /** Counts the rows of data, from 1. */
  readonly row: number;
  /** Line of the file, from 1. */
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** Present when the row can't be read. */
  readonly problem?: string | undefined;
}

/** Options of {@link readRows}. */
export interface ReadOptions {
  readonly format: TransferFormat;
  /** Of CSV; found out from the first line when absent. */
  readonly delimiter?: string | undefined;
}

/** Reads a file as lists of rows. Holds one piece of the file at a time. @throws `import_file_invalid` */
export function readRows(source: ByteSource, options: ReadOptions): AsyncGenerator<FileRow[]> {
  const text = decodeText(source);
  return options.format === 'csv' ? csvRows(readCsv(text, options)) : jsonRows(readJsonLines(text));
}

async function* csvRows(lists: AsyncIterable<CsvRow[]>): AsyncGenerator<FileRow[]> {
  let header: readonly string[] | undefined;
  let count = 0;
  for await (const list of lists) {
    const rows: FileRow[] = [];
    for (const { line, cells } of list) {
      if (header === undefined) {
        header = readHeader(cells, line);
        continue;
      }
      count += 1;
      rows.push(csvRow(header, cells, { row: count, line }));
    }
    if (rows.length > 0) yield rows;
  }
}

function readHeader(cells: readonly string[], line: number): readonly string[] {
  const header = cells.map((cell) => cell.trim());
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice === undefined) return header;
  throw createError('import_file_invalid', { line, reason: `two columns are named "${twice}"` });
}

function csvRow(
  header: readonly string[],
  cells: readonly string[],
  place: { readonly row: number; readonly line: number },
): FileRow {
  const values: Record<string, unknown> = {};
  header.forEach((name, index) => {
    if (name !== '' || (cells[index] ?? '') !== '') values[name] = cells[index] ?? '';
  });
  if (cells.length === header.length) return { ...place, values };
  const problem = `it has ${cells.length} cells, and the header has ${header.length}`;
  return { ...place, values, problem };
}

async function* jsonRows(lists: ReturnType<typeof readJsonLines>): AsyncGenerator<FileRow[]> {
  let row = 0;
  for await (const list of lists) {
    yield list.map(({ line, value, problem }) => {
      row += 1;
      if (problem !== undefined) return { row, line, values: {}, problem };
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return { row, line, values: value as Record<string, unknown> };
      }
      return { row, line, values: {}, problem: 'this line is not a JSON object' };
    });
  }
}

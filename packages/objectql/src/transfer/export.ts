import type {
  DataEngine,
  ExecutionContext,
  Filter,
  MaybePromise,
  SortKey,
} from '@objectos/spec/contracts';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { csvLine } from './csv-write.js';
import { planExport, type ExportColumn } from './export-columns.js';
import type { TransferFormat } from './rows.js';

/** What to export, and how. */
export interface ExportOptions {
  readonly object: string;
  readonly format: TransferFormat;
  /**
   * Fields by path; those of a related record are dotted (`account.name`), translations are named like
   * `name:de`. Default: all readable, with their translations where the context names no language.
   */
  readonly columns?: readonly string[] | undefined;
  readonly where?: Filter | undefined;
  readonly orderBy?: readonly SortKey[] | undefined;
  /** First line of a CSV: names of fields (default), the labels that people see, or none. */
  readonly header?: 'name' | 'label' | 'none' | undefined;
  /** At most so many records. */
  readonly limit?: number | undefined;
  /** Begin with a byte order mark, by which spreadsheets know UTF-8. Default false. */
  readonly byteOrderMark?: boolean | undefined;
  /** Told after each page, with the number of records so far. */
  readonly onProgress?: ((records: number) => MaybePromise<void>) | undefined;
}

/** What an export works with. */
export interface TransferParts {
  readonly engine: DataEngine;
  readonly snapshot: MetadataSnapshot;
}

/**
 * Exports records as text, page by page: memory holds one page. Cells of a CSV never become formulas
 * of a spreadsheet. Everything is read as the principal of the context.
 *
 * @throws `permission_denied`, `unknown_field`, and what a query throws
 * @example for await (const text of exportRecords({ engine, snapshot }, options, ctx)) out.write(text);
 */
export async function* exportRecords(
  { engine, snapshot }: TransferParts,
  options: ExportOptions,
  ctx: ExecutionContext,
): AsyncGenerator<string> {
  const { object, format, where, orderBy, header = 'name', limit = Infinity } = options;
  const asked = { ...options, recordLocale: ctx.recordLocale };
  const { columns, recordLocale } = planExport(snapshot, asked, engine.readableFields(object, ctx));
  const query = { fields: fieldsOf(columns), where, orderBy };
  const pages = engine.stream(object, query, { ...ctx, recordLocale });
  let opening = options.byteOrderMark === true ? '\ufeff' : '';
  if (format === 'csv' && header !== 'none') {
    opening += csvLine(columns.map((column) => column[header]));
  }
  let left = limit;
  let written = 0;
  const refused = columns.find((column) => column.refused !== undefined)?.refused;
  for await (const records of pages) {
    if (refused !== undefined) throw refused;
    let text = opening;
    opening = '';
    for (const record of records.slice(0, left)) {
      text += format === 'csv' ? csvRow(columns, record) : jsonLine(columns, record);
    }
    written += Math.min(left, records.length);
    await options.onProgress?.(written);
    yield text;
    left -= records.length;
    if (left <= 0) return;
  }
  if (refused !== undefined) throw refused;
  if (opening !== '') yield opening;
}

function fieldsOf(columns: readonly ExportColumn[]): string[] {
  return [...new Set(columns.map((column) => column.path))];
}

function csvRow(columns: readonly ExportColumn[], record: Record<string, unknown>): string {
  return csvLine(columns.map((column) => column.cell(column.value(record))));
}

function jsonLine(columns: readonly ExportColumn[], record: Record<string, unknown>): string {
  const line: Record<string, unknown> = {};
  for (const column of columns) line[column.name] = column.value(record) ?? null;
  return `${JSON.stringify(line)}\n`;
}

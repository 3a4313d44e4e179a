import type { ColumnSchema, Driver, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';

/** Tables of the audit log: it can't lose entries, and tells that something was, not what. */
const AUDIT = 'sys_audit';
const PAGE = 500;

/** Counts the rows, by table, that have a text in one of their text or JSON columns. */
export async function rowsWith(driver: Driver, text: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of await driver.introspect()) {
    if (table.name.startsWith(AUDIT)) continue;
    const rows = await countIn(driver, table, text);
    if (rows > 0) found[table.name] = rows;
  }
  return found;
}

async function countIn(driver: Driver, stored: TableSchema, text: string): Promise<number> {
  if (driver.capabilities.expressions === undefined) return countByReading(driver, stored, text);
  const columns = stored.columns.map((column) =>
    column.type === 'json' ? asText(column) : column,
  );
  const args = columns
    .filter(({ type }) => type === 'text')
    .map(({ name }): RowFilter => ({ op: 'contains', field: name, value: text }));
  if (args.length === 0) return 0;
  return driver.reader.count({ table: { ...stored, columns }, where: { op: 'or', args } });
}

/** The text of a JSON column, as the database itself writes it. */
function asText({ name, nullable }: ColumnSchema): ColumnSchema {
  const quoted = `\0"${name.replaceAll('"', '""')}"`;
  const expression = `CAST(${quoted} AS text)`;
  return { name, type: 'text', nullable, expression: { sqlite: expression, postgres: expression } };
}

/** For databases that can't search in the text of JSON. */
async function countByReading(driver: Driver, table: TableSchema, text: string): Promise<number> {
  const names = table.columns
    .filter(({ type }) => type === 'text' || type === 'json')
    .map(({ name }) => name);
  const key = table.sequence ?? 'id';
  let [count, after]: [number, RowFilter | undefined] = [0, undefined];
  for (;;) {
    const rows = await driver.reader.find({
      table,
      columns: [...new Set([key, ...names])],
      ...(after === undefined ? {} : { where: after }),
      orderBy: [{ field: key, direction: 'asc' }],
      limit: PAGE,
    });
    count += rows.filter((row) => names.some((name) => textOf(row[name]).includes(text))).length;
    const last = rows.at(-1)?.[key];
    if (rows.length < PAGE || (typeof last !== 'string' && typeof last !== 'number')) return count;
    after = { op: 'gt', field: key, value: last };
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import type { ColumnType } from '@objectql/core/driver';
import type { TablePlan } from '../sql/plan.js';
import { arrayLiteral, type ArrayElement } from './array.js';
import { postgresDialect } from './dialect.js';

const texts = new WeakMap<TablePlan, { one: string; all: string }>();

/** An insert of one row. */
export function insertOneSql(table: TablePlan): string {
  return textsOf(table).one;
}

/** An insert of any number of rows: each column travels as one array, so there is one text. */
export function insertAllSql(table: TablePlan): string {
  return textsOf(table).all;
}

/** The arrays of each chunk of rows, made of values that stand row by row. */
export function* rowArrays(
  table: TablePlan,
  values: readonly unknown[],
  chunk: number,
): Iterable<string[]> {
  const width = table.inserted.length;
  for (let start = 0; start < values.length; start += chunk * width) {
    const end = Math.min(values.length, start + chunk * width);
    yield table.inserted.map((_, column) =>
      arrayLiteral(every(values, start + column, end, width)),
    );
  }
}

/** The array of a column, of values that stand row by row. */
export function columnArray(values: readonly unknown[], column: number, width: number): string {
  return arrayLiteral(every(values, column, values.length, width));
}

function* every(
  values: readonly unknown[],
  start: number,
  end: number,
  step: number,
): Iterable<ArrayElement> {
  for (let index = start; index < end; index += step) yield values[index] as ArrayElement;
}

function textsOf(table: TablePlan): { one: string; all: string } {
  let made = texts.get(table);
  if (made === undefined) {
    const columns = table.inserted.map((column) => column.quoted).join(', ');
    const arrays = table.inserted.map(({ type }, index) => `$${index + 1}::${elementType(type)}[]`);
    made = {
      one: table.insertText(1),
      all: `INSERT INTO ${table.source} (${columns}) SELECT * FROM unnest(${arrays.join(', ')})`,
    };
    texts.set(table, made);
  }
  return made;
}

/** The type of a value that goes into a column. */
export function elementType(type: ColumnType): string {
  return postgresDialect.columnType(type).replace(/ COLLATE .*$/, '');
}

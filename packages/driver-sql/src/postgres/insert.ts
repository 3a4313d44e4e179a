import type { ColumnType } from '@objectql/core/driver';
import type { TablePlan } from '../sql/plan.js';
import { arrayLiteral } from './array.js';
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
  const step = table.inserted.length;
  for (let first = 0; first < values.length; first += chunk * step) {
    const end = Math.min(values.length, first + chunk * step);
    yield table.inserted.map((_, column) =>
      arrayLiteral(values, { start: first + column, end, step }),
    );
  }
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

const elementTypes = new Map<ColumnType, string>();

/** The type of a value that goes into a column. */
export function elementType(type: ColumnType): string {
  let name = elementTypes.get(type);
  if (name === undefined) {
    name = postgresDialect.columnType(type).replace(/ COLLATE .*$/, '');
    elementTypes.set(type, name);
  }
  return name;
}

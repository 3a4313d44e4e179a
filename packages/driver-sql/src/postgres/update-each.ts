import type { Row, UpdateEachStatement } from '@objectql/core/driver';
import { storageFailed } from '../sql/errors.js';
import type { Planner, StoredColumn } from '../sql/plan.js';
import { binding, type SqlStatement } from '../sql/statements.js';
import { arrayLiteral } from './array.js';
import { elementType } from './insert.js';

/** No object of an application is called so. */
const ROWS = '"rows:"';

/** One update of rows that get values of their own: each column travels as one array. */
export function updateEachSql(
  { table, rows }: UpdateEachStatement,
  planner: Planner,
): SqlStatement {
  const plan = planner.plan(table);
  const { values, bind } = binding(planner);
  const [first] = rows;
  const arrays: string[] = [];
  const names: string[] = [];
  const join = (side: 'match' | 'set', separator: string): string =>
    Object.keys(first?.[side] ?? {})
      .map((name) => {
        const column = plan.stored(name);
        const array = bind(arrayLiteral(valuesOf(rows, side, column, planner)));
        arrays.push(`${array}::${elementType(column.type)}[]`);
        const own = `"${String(names.length)}:"`;
        names.push(own);
        const left = side === 'match' ? `${plan.quoted}.${column.quoted}` : column.quoted;
        return `${left} = ${ROWS}.${own}`;
      })
      .join(separator);
  const where = join('match', ' AND ');
  const set = join('set', ', ');
  if (set === '')
    throw storageFailed(planner.dialect.name, `an update of "${table.name}" that sets nothing`);
  const source = `unnest(${arrays.join(', ')}) AS ${ROWS} (${names.join(', ')})`;
  return { text: `UPDATE ${plan.source} SET ${set} FROM ${source} WHERE ${where}`, values };
}

function valuesOf(
  rows: UpdateEachStatement['rows'],
  side: 'match' | 'set',
  { name, store }: StoredColumn,
  planner: Planner,
): unknown[] {
  return rows.map((row) => {
    const given: Row = row[side];
    if (Object.hasOwn(given, name)) return store(given[name]);
    throw storageFailed(planner.dialect.name, `an update of rows without "${name}"`);
  });
}

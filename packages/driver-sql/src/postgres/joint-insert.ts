import type { ExpectedRows, JointInsert } from '@objectql/core/driver';
import type { Bind } from '../sql/dialect.js';
import type { Planner, TablePlan } from '../sql/plan.js';
import type { JointStatement } from '../sql/session.js';
import { binding, insertValues, whereSql } from '../sql/statements.js';
import { columnArray, elementType } from './insert.js';

/** No object of an application is called so. */
const FOUND = '"found:"';

/**
 * One statement that locks the expected rows, inserts where all of them are there, and answers with
 * one row: for each expectation, whether it was met. As one statement it is a transaction by itself.
 */
export function jointInsertSql(
  { expected, inserts, later }: JointInsert,
  planner: Planner,
): JointStatement {
  const { values, bind } = binding(planner);
  const parts = expected.map(
    (rows, index) => `${expectation(index)} AS MATERIALIZED (${lockSql(rows, values, planner)})`,
  );
  if (expected.length > 0) {
    const met = expected.map(
      ({ count }, index) =>
        `(SELECT count(*) FROM ${expectation(index)}) = ${bind(count)} AS "${index}:"`,
    );
    parts.push(`${FOUND} AS MATERIALIZED (SELECT ${met.join(', ')})`);
  }
  let isPrepared = true;
  const condition = expected.map((_, index) => `"${index}:"`).join(' AND ');
  inserts.forEach(({ table, rows }, index) => {
    if (rows.length === 0) return;
    const plan = planner.plan(table);
    const given = insertValues(plan, rows, planner);
    // Which columns differ is part of the text, so there are many texts.
    if (rows.length > 1) isPrepared = false;
    parts.push(`"new:${index}" AS (${insertSql(plan, { given, condition }, bind)})`);
  });
  const answer = expected.length > 0 ? `* FROM ${FOUND}` : '1';
  const common = parts.length > 0 ? `WITH ${parts.join(', ')} ` : '';
  return { text: `${common}SELECT ${answer}`, values, expected, later, isPrepared };
}

function expectation(index: number): string {
  return `"expected:${index}"`;
}

function lockSql({ table, where }: ExpectedRows, values: unknown[], planner: Planner): string {
  const plan = planner.plan(table);
  const bind: Bind = (value) => planner.dialect.parameter(values.push(value));
  const text = whereSql(where, { table: plan, values, bind, planner });
  return `SELECT 1 FROM ${plan.source}${text}${planner.dialect.lockRows('reference')}`;
}

/** One row travels value by value, several as an array for each column whose values differ. */
function insertSql(
  table: TablePlan,
  { given, condition }: { readonly given: readonly unknown[]; readonly condition: string },
  bind: Bind,
): string {
  const columns = table.inserted.map((column) => column.quoted).join(', ');
  const width = table.inserted.length;
  const isOne = given.length === width;
  const arrays: string[] = [];
  const list = table.inserted.map(({ type }, index) => {
    // An array at least says how many rows there are.
    const isCommon = isOne || ((index > 0 || arrays.length > 0) && isSame(given, index, width));
    if (isCommon) return `${bind(given[index])}::${elementType(type)}`;
    arrays.push(`${bind(columnArray(given, index, width))}::${elementType(type)}[]`);
    return `"rows:"."value:${String(arrays.length - 1)}"`;
  });
  const sources = condition === '' ? [] : [FOUND];
  if (arrays.length > 0) {
    const names = arrays.map((_, index) => `"value:${String(index)}"`).join(', ');
    sources.push(`unnest(${arrays.join(', ')}) AS "rows:" (${names})`);
  }
  const from = sources.length > 0 ? ` FROM ${sources.join(', ')}` : '';
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  return `INSERT INTO ${table.source} (${columns}) SELECT ${list.join(', ')}${from}${where}`;
}

/** Whether all rows have the same value in a column: stamps, actors, what is empty. */
function isSame(given: readonly unknown[], column: number, width: number): boolean {
  const first = given[column];
  for (let index = column + width; index < given.length; index += width) {
    if (given[index] !== first) return false;
  }
  return true;
}

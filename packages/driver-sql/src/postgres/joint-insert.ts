import type { ExpectedRows, JointInsert } from '@objectql/core/driver';
import type { Bind } from '../sql/dialect.js';
import type { Planner, TablePlan } from '../sql/plan.js';
import type { JointStatement } from '../sql/session.js';
import { binding, insertValues, whereSql } from '../sql/statements.js';
import { elementType, rowArrays } from './insert.js';

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
  const condition = expected.map((_, index) => `"${index}:"`).join(' AND ');
  inserts.forEach(({ table, rows }, index) => {
    if (rows.length === 0) return;
    const plan = planner.plan(table);
    const given = insertValues(plan, rows, planner);
    parts.push(`"new:${index}" AS (${insertSql(plan, { given, condition }, bind)})`);
  });
  const answer = expected.length > 0 ? `* FROM ${FOUND}` : '1';
  const common = parts.length > 0 ? `WITH ${parts.join(', ')} ` : '';
  return { text: `${common}SELECT ${answer}`, values, expected, later };
}

function expectation(index: number): string {
  return `"expected:${index}"`;
}

function lockSql({ table, where }: ExpectedRows, values: unknown[], planner: Planner): string {
  const plan = planner.plan(table);
  const bind: Bind = (value) => planner.dialect.parameter(values.push(value));
  const text = whereSql(where, { table: plan, values, bind, planner });
  return `SELECT 1 FROM ${plan.quoted}${text}${planner.dialect.lockRows('reference')}`;
}

/** One row travels value by value, several as one array for each column. */
function insertSql(
  table: TablePlan,
  { given, condition }: { readonly given: readonly unknown[]; readonly condition: string },
  bind: Bind,
): string {
  const columns = table.inserted.map((column) => column.quoted).join(', ');
  const types = table.inserted.map(({ type }) => elementType(type));
  const isOne = given.length === types.length;
  const [arrays = []] = isOne ? [] : rowArrays(table, given, given.length / types.length);
  const bound = types.map((type, index) =>
    isOne ? `${bind(given[index])}::${type}` : `${bind(arrays[index])}::${type}[]`,
  );
  const list = bound.join(', ');
  const from = condition === '' ? '' : FOUND;
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  const source = isOne
    ? `SELECT ${list}${from === '' ? '' : ` FROM ${from}`}`
    : `SELECT "rows:".* FROM ${from === '' ? '' : `${from}, `}unnest(${list}) AS "rows:"`;
  return `INSERT INTO ${table.quoted} (${columns}) ${source}${where}`;
}

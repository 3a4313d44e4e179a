import type { ExpectedRows, JointInsert, RowFilter } from '@objectql/core/driver';
import type { Bind } from '../sql/dialect.js';
import type { JointStatement } from '../sql/executor.js';
import type { Planner, TablePlan } from '../sql/plan.js';
import { binding, insertValues, whereSql } from '../sql/statements.js';
import { arrayLiteral } from './array.js';
import { elementType } from './insert.js';

/** No object of an application is called so. */
const FOUND = '"found:"';

/** Rows of one table, value after value. */
interface GivenRows {
  readonly plan: TablePlan;
  readonly given: readonly unknown[];
}

/**
 * One statement that locks the expected rows, inserts where all of them are there, and answers with
 * one row: for each expectation, whether it was met. As one statement it is a transaction by itself.
 */
export function jointInsertSql(
  { expected, inserts, later }: JointInsert,
  planner: Planner,
): JointStatement {
  const { values, bind } = binding(planner);
  const met = expected.map((rows) => metSql(rows, values, planner));
  const written: GivenRows[] = [];
  let isPrepared = true;
  for (const { table, rows } of inserts) {
    if (rows.length === 0) continue;
    const plan = planner.plan(table);
    written.push({ plan, given: insertValues(plan, rows, planner) });
    // Which columns differ is part of the text, so there are many texts.
    if (rows.length > 1) isPrepared = false;
  }
  const text = isPrepared ? singleText(met, written, values) : statementSql(met, written, bind);
  return { text, values, expected, later, isPrepared };
}

/** Whether as many rows as expected are there; they are locked. */
function metSql(
  { table, where, count }: ExpectedRows,
  values: unknown[],
  planner: Planner,
): string {
  const plan = planner.plan(table);
  const bind: Bind = (value) => planner.dialect.parameter(values.push(value));
  const condition = whereSql(where, { table: plan, values, bind, planner });
  const from = `FROM ${plan.source}${condition}${planner.dialect.lockRows('reference')}`;
  // There is one at most: the server counts nothing, which is a fifth of what a create costs it.
  if (count === 1 && hasKey(where, plan)) return `(SELECT true ${from}) IS TRUE`;
  return `(SELECT count(*) FROM (SELECT 1 ${from}) AS "rows:") = ${bind(count)}`;
}

/** True for a filter that lets through one row at most. */
function hasKey(filter: RowFilter, plan: TablePlan): boolean {
  if (filter.op === 'and') return filter.args.some((one) => hasKey(one, plan));
  return filter.op === 'eq' && plan.column(filter.field).key;
}

function statementSql(met: readonly string[], written: readonly GivenRows[], bind: Bind): string {
  const isChecked = met.length > 0;
  const found = met.map((condition, index) => `${condition} AS "${String(index)}:"`).join(', ');
  const all = met.map((_, index) => `"${String(index)}:"`).join(' AND ');
  const parts = isChecked ? [`${FOUND} AS MATERIALIZED (SELECT ${found})`] : [];
  written.forEach((rows, index) => {
    parts.push(`"new:${String(index)}" AS (${insertSql(rows, all, bind)})`);
  });
  const common = parts.length > 0 ? `WITH ${parts.join(', ')} ` : '';
  return `${common}SELECT ${isChecked ? `* FROM ${FOUND}` : '1'}`;
}

/** The text of a statement that writes one row of each table; it depends on nothing else. */
interface SingleText {
  readonly met: readonly string[];
  readonly plans: readonly TablePlan[];
  readonly text: string;
}

const singleTexts = new WeakMap<TablePlan, SingleText[]>();
/** Kinds of references that records of one object have, filled in or not. */
const KEPT = 32;

/** The same text for the same kind of record: it is long, and looked up at each step below. */
function singleText(
  met: readonly string[],
  written: readonly GivenRows[],
  values: unknown[],
): string {
  const start = values.length;
  for (const { given } of written) for (const value of given) values.push(value);
  const [first] = written;
  const kept = first === undefined ? [] : (singleTexts.get(first.plan) ?? []);
  const known = kept.find(
    (one) =>
      isSame(one.met, met) &&
      one.plans.length === written.length &&
      one.plans.every((plan, index) => plan === written[index]?.plan),
  );
  if (known !== undefined) return known.text;
  let position = start;
  const bind: Bind = () => `$${String((position += 1))}`;
  const text = statementSql(met, written, bind);
  if (first !== undefined) {
    const made = { met, plans: written.map(({ plan }) => plan), text };
    singleTexts.set(first.plan, [made, ...kept].slice(0, KEPT));
  }
  return text;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

/** One row travels value by value, several as an array for each column whose values differ. */
function insertSql({ plan, given }: GivenRows, condition: string, bind: Bind): string {
  const columns = plan.inserted.map((column) => column.quoted).join(', ');
  const step = plan.inserted.length;
  const isOne = given.length === step;
  const arrays: string[] = [];
  const list = plan.inserted.map(({ type }, column) => {
    // An array at least says how many rows there are.
    const isCommon = isOne || ((column > 0 || arrays.length > 0) && isEqual(given, column, step));
    if (isCommon) return `${bind(given[column])}::${elementType(type)}`;
    const array = arrayLiteral(given, { start: column, end: given.length, step });
    arrays.push(`${bind(array)}::${elementType(type)}[]`);
    return `"rows:"."value:${String(arrays.length - 1)}"`;
  });
  const sources = condition === '' ? [] : [FOUND];
  if (arrays.length > 0) {
    const names = arrays.map((_, index) => `"value:${String(index)}"`).join(', ');
    sources.push(`unnest(${arrays.join(', ')}) AS "rows:" (${names})`);
  }
  const from = sources.length > 0 ? ` FROM ${sources.join(', ')}` : '';
  const where = condition === '' ? '' : ` WHERE ${condition}`;
  return `INSERT INTO ${plan.source} (${columns}) SELECT ${list.join(', ')}${from}${where}`;
}

/** Whether all rows have the same value in a column: stamps, actors, what is empty. */
function isEqual(given: readonly unknown[], column: number, step: number): boolean {
  const first = given[column];
  for (let index = column + step; index < given.length; index += step) {
    if (given[index] !== first) return false;
  }
  return true;
}

import type { ColumnType, FieldComparison } from '@objectql/core/driver';
import { storageFailed } from './errors.js';
import type { FilterScope } from './filter.js';
import { within, type ColumnPlan } from './plan.js';

const ORDER = { gt: ['>', '<='], gte: ['>=', '<'], lt: ['<', '>='], lte: ['<=', '>'] } as const;

/**
 * The condition of a comparison of two columns.
 *
 * @throws `storage_failed` on an unknown column, or columns of different kinds
 */
export function compareColumns(
  { operator, left: leftName, right: rightName }: FieldComparison,
  { table, planner, alias }: Pick<FilterScope, 'table' | 'planner' | 'alias'>,
  negated: boolean,
): string {
  const left = within(table.column(leftName), alias);
  const right = within(table.column(rightName), alias);
  if (left.type === 'json' || kindOf(left.type) !== kindOf(right.type)) {
    const pair = `"${leftName}" (${left.type}) with "${rightName}" (${right.type})`;
    throw storageFailed(planner.dialect.name, `a comparison of ${pair}`);
  }
  if (operator === 'eq' || operator === 'ne')
    return equality(left, right, (operator === 'eq') !== negated);
  const [wanted, opposite] = ORDER[operator];
  if (!negated) return `${left.quoted} ${wanted} ${right.quoted}`;
  return `(${left.quoted} ${opposite} ${right.quoted} OR ${left.quoted} IS NULL OR ${right.quoted} IS NULL)`;
}

function equality({ quoted: left }: ColumnPlan, { quoted: right }: ColumnPlan, wanted: boolean) {
  return wanted
    ? `(${left} = ${right} OR (${left} IS NULL AND ${right} IS NULL))`
    : `(${left} <> ${right} OR (${left} IS NULL) <> (${right} IS NULL))`;
}

function kindOf(type: ColumnType): string {
  return type === 'integer' || type === 'real' || type === 'decimal' ? 'number' : type;
}

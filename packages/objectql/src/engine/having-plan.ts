import type { Filter } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { ColumnType } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { typedComparison } from './filter-values.js';

/** One value of each group: the name the driver knows it by, and that of the answer. */
export interface Output {
  readonly column: string;
  readonly alias: string;
  readonly type: ColumnType;
}

/**
 * Checks a condition on groups: it names values of the answer.
 *
 * @throws `invalid_filter`
 */
export function planHaving(outputs: readonly Output[], filter: Filter): RowFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, args: filter.args.map((arg) => planHaving(outputs, arg)) };
    case 'not':
      return { op: 'not', arg: planHaving(outputs, filter.arg) };
    case 'compareFields':
      return {
        op: 'compareFields',
        operator: filter.operator,
        left: outputOf(outputs, filter.field).column,
        right: outputOf(outputs, filter.other).column,
      };
    case 'related':
      return planHaving(outputs, qualified(filter.relation, filter.where));
    case 'some':
    case 'tree':
      throw createError('invalid_filter', { reason: '"having" compares values of the answer' });
    default: {
      const output = outputOf(outputs, filter.field);
      const field = { name: output.alias, column: output.type, filterable: true, multiple: false };
      return { ...typedComparison(field, filter), field: output.column };
    }
  }
}

/** A dotted alias was read as a relation, which there is none of among the values of a group. */
function qualified(prefix: string, filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, args: filter.args.map((arg) => qualified(prefix, arg)) };
    case 'not':
      return { op: 'not', arg: qualified(prefix, filter.arg) };
    case 'related':
    case 'some':
      return { ...filter, relation: `${prefix}.${filter.relation}` };
    case 'compareFields':
      return { ...filter, field: `${prefix}.${filter.field}`, other: `${prefix}.${filter.other}` };
    default:
      return { ...filter, field: `${prefix}.${filter.field}` };
  }
}

function outputOf(outputs: readonly Output[], alias: string): Output {
  const output = outputs.find((one) => one.alias === alias);
  if (output !== undefined) return output;
  const names = outputs.map((one) => one.alias);
  const nearest = suggest(alias, names);
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"`;
  throw createError('invalid_filter', {
    reason: `"${alias.slice(0, 60)}" is no value of the answer${hint}`,
  });
}

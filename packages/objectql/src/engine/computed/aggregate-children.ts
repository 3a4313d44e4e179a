import type { Row } from '../../driver/contract.js';
import type { RowFilter } from '../../driver/row-filter.js';
import type { FieldMeta, SummaryMeta } from '../../metadata/compiled.js';
import { roundTo } from '../../values/number.js';
import { conjunction } from '../conjunction.js';
import { wait, type Steps } from '../steps.js';
import type { WriteScope } from '../write-scope.js';
import { computeChildren } from './compute-children.js';

/** Decimals behind those of a field that are still meant; what comes after them is noise. */
const NOISE_DIGITS = 8;

type SummaryField = FieldMeta & { readonly summary: SummaryMeta };

/**
 * Computes summaries of parents from their children: one statement for the summaries that look at
 * the same children. Fills the values by parent id; a parent without children gets 0 or no value.
 */
export function* aggregateChildren(
  scope: WriteScope,
  fields: readonly SummaryField[],
  values: ReadonlyMap<string, Row>,
): Steps<void> {
  for (const group of groupsOf(fields)) {
    const [first] = group;
    if (first === undefined) continue;
    const { via, table } = first.summary;
    if (isVirtual(first.summary) && !computesColumns(scope)) {
      yield* computeChildren(scope, first, values, (value) => valueOf(first, value));
      continue;
    }
    const rows = yield* wait(
      scope.transaction.session.aggregate({
        table,
        groupBy: [via],
        where: whereOf(first.summary, [...values.keys()]),
        aggregations: group.map((field, index) => ({
          function: field.summary.function,
          column: field.summary.field,
          alias: `s${String(index)}`,
        })),
      }),
    );
    const found = new Map(rows.map((row) => [row[via] as string, row]));
    for (const [id, target] of values) {
      group.forEach((field, index) => {
        target[field.name] = valueOf(field, found.get(id)?.[`s${String(index)}`]);
      });
    }
  }
}

function groupsOf(fields: readonly SummaryField[]): Iterable<readonly SummaryField[]> {
  const groups = new Map<string, SummaryField[]>();
  for (const field of fields) {
    const { filter } = field.summary;
    // A table with columns of its own serves its summary only.
    const key = isVirtual(field.summary) ? `${filter?.source ?? ''} ${field.name}` : 'plain';
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  return groups.values();
}

/** True where the child's table has columns that are computed for the summary. */
function isVirtual({ table, filterColumn, field }: SummaryMeta): boolean {
  return filterColumn !== undefined || table.columns.at(-1)?.name === field;
}

function computesColumns({ parts }: WriteScope): boolean {
  return parts.options.driver.capabilities.expressions !== undefined;
}

function whereOf(
  { via, table, filterColumn }: SummaryMeta,
  ids: readonly string[],
): RowFilter | undefined {
  const live = table.columns.some((column) => column.name === 'deleted_at');
  return conjunction(
    { op: 'in', field: via, value: ids },
    live ? { op: 'isNull', field: 'deleted_at', value: true } : undefined,
    filterColumn === undefined ? undefined : { op: 'eq', field: filterColumn, value: true },
  );
}

function valueOf({ summary, column }: SummaryField, value: unknown): unknown {
  if (value === null || value === undefined) {
    return summary.function === 'count' || summary.function === 'sum' ? 0 : null;
  }
  const isNumber = column === 'integer' || column === 'decimal' || column === 'real';
  if (!isNumber) return value;
  if (summary.scale === undefined) return Number(value);
  // Sums of binary fractions end in noise (-0.00499999999999989), which must not decide the rounding.
  return roundTo(roundTo(Number(value), summary.scale + NOISE_DIGITS), summary.scale);
}

import type { Row } from '../../driver/contract.js';
import type { RowFilter } from '../../driver/row-filter.js';
import type { FieldMeta, ObjectMeta, SummaryMeta } from '../../metadata/compiled.js';
import { requireObject } from '../access.js';
import { wait, type Steps } from '../steps.js';
import type { WriteScope } from '../write-scope.js';
import { counts, fromUnits, unitsOf } from './contribution.js';
import { surroundingsOf, withOwnFormulas } from './evaluate.js';

/** Children that are read at a time. */
const PAGE = 1_000;

/**
 * A summary with a filter, or over a formula, on a database that computes no formulas: the children
 * are read, and the formulas evaluated here. Fills the values by parent id.
 */
export function* computeChildren(
  scope: WriteScope,
  field: FieldMeta & { readonly summary: SummaryMeta },
  values: ReadonlyMap<string, Row>,
  valueOf: (value: unknown) => unknown,
): Steps<void> {
  const { summary } = field;
  const child = requireObject(scope.snapshot, summary.child);
  const found = new Map<string, unknown[]>();
  let last = '';
  for (;;) {
    const rows = yield* nextChildren(scope, { child, via: summary.via, last }, values);
    for (const row of rows) {
      if (!counts(scope, child, summary, row)) continue;
      const parent = row[summary.via] as string;
      const list = found.get(parent) ?? [];
      found.set(parent, list);
      list.push(summary.field === undefined ? true : sourceOf(scope, child, summary.field, row));
    }
    last = rows.at(-1)?.['id'] as string;
    if (rows.length < PAGE) break;
  }
  for (const [id, target] of values) {
    const present = (found.get(id) ?? []).filter((value) => value !== null);
    target[field.name] = valueOf(summaryOf(summary, present));
  }
}

function* nextChildren(
  scope: WriteScope,
  { child, via, last }: { readonly child: ObjectMeta; readonly via: string; readonly last: string },
  values: ReadonlyMap<string, Row>,
): Steps<Row[]> {
  const args: RowFilter[] = [
    { op: 'in', field: via, value: [...values.keys()] },
    { op: 'gt', field: 'id', value: last },
  ];
  return yield* wait(
    scope.transaction.session.find({
      table: child.table,
      columns: child.stored,
      where: { op: 'and', args },
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: PAGE,
    }),
  );
}

function sourceOf({ ctx, at }: WriteScope, child: ObjectMeta, name: string, row: Row): unknown {
  const surroundings = surroundingsOf(ctx, Date.parse(at));
  return withOwnFormulas(child, [name], row, surroundings)[name] ?? null;
}

/** As databases do it: sums of fields with known digits exact, others to 15 significant digits. */
function summaryOf({ function: name, scale }: SummaryMeta, values: readonly unknown[]): unknown {
  if (name === 'count') return values.length;
  if (values.length === 0) return null;
  if (name === 'min' || name === 'max') return extremeOf(name, values as readonly string[]);
  const numbers = values as readonly number[];
  const sum =
    scale === undefined || !Number.isSafeInteger(10 ** scale)
      ? numbers.reduce((total, one) => total + one, 0)
      : fromUnits(
          numbers.reduce((total, one) => total + unitsOf(one, scale), 0),
          scale,
        );
  return Number((name === 'sum' ? sum : sum / numbers.length).toPrecision(15));
}

function extremeOf(name: 'min' | 'max', values: readonly (string | number)[]): string | number {
  return values.reduce((best, one) => ((name === 'min' ? one < best : one > best) ? one : best));
}

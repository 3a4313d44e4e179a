import { createError } from '@objectos/spec/errors';
import type { DerivedColumn, RowStep } from '../driver/derived-column.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { FieldMeta } from '../metadata/compiled.js';
import { MAX_RELATION_DEPTH, readableField } from './filter-plan.js';
import { gateOf } from './follow.js';
import { byName } from './membership.js';
import { isPolymorphic, requireRelation, type View } from './relations.js';
import { columnIn } from './translation/language.js';

/** A field of the object, or of a record that to-one relations lead to. */
export interface PlannedPath {
  readonly field: FieldMeta;
  /** The column that holds its value, in the language of the principal's query. */
  readonly column: string;
  /** Absent for a field of the object itself. */
  readonly via: readonly RowStep[] | undefined;
}

/**
 * Finds the field at the end of a dotted path. Each step passes the gate of the object it leads to:
 * where the principal may not see the related record, the value is empty.
 *
 * @param refuse makes the error for a path that cannot be used: it leads through a list
 * @throws `unknown_field`, `limit_exceeded`
 */
export function planPath(view: View, path: string, refuse: (reason: string) => Error): PlannedPath {
  const names = path.split('.');
  const last = names.pop() ?? '';
  if (names.length === 0) return { ...fieldIn(view, last), via: undefined };
  if (names.length > MAX_RELATION_DEPTH) {
    throw createError('limit_exceeded', {
      limit: 'relations in a row',
      max: MAX_RELATION_DEPTH,
      actual: names.length,
    });
  }
  const via: RowStep[] = [];
  let current = view;
  for (const [at, name] of names.entries()) {
    const relation = requireRelation(current, name);
    if (isPolymorphic(relation)) throw refuse(`"${path}" leads to one of several objects`);
    const { meta, target } = relation;
    if (meta.kind !== 'one') throw refuse(`"${path}" leads through a list of records`);
    const admission = byName(target.admission, [names[at + 1] ?? last]);
    via.push({
      table: admission.meta.table,
      on: { outer: meta.field.name, inner: 'id' },
      where: gateOf(admission),
    });
    current = { ...target, admission };
  }
  return { ...fieldIn(current, last), via };
}

function fieldIn({ admission }: View, name: string): Omit<PlannedPath, 'via'> {
  const field = readableField(admission, name);
  return { field, column: columnIn(admission, field) };
}

/** Columns that a statement makes for itself, each under a name of ours. */
export interface DerivedColumns {
  /** The name of the column that holds the value of the path. */
  ofPath(path: PlannedPath): string;
  /** The name of a column that has a value only where the filter holds. */
  where(when: RowFilter, column: string | undefined): string;
  readonly list: readonly DerivedColumn[];
}

/** Collects derived columns; their names hold a character that no column of a table has. */
export function createDerivedColumns(): DerivedColumns {
  const list: DerivedColumn[] = [];
  const nextAlias = () => `d:${list.length}`;
  return {
    list,
    ofPath({ column, via }) {
      if (via === undefined) return column;
      const alias = nextAlias();
      list.push({ kind: 'related', alias, via, column });
      return alias;
    },
    where(when, column) {
      const alias = nextAlias();
      list.push({ kind: 'conditional', alias, when, column });
      return alias;
    },
  };
}

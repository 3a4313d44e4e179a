import type { ColumnSchema, IndexSchema, TableSchema } from '../driver/contract.js';
import { contentHash } from '../metadata/compile/hash.js';
import type { MatchedObject, Remarks } from './renames.js';
import type { MigrationStep, Rows } from './steps.js';

/** How the name of a column ends that values move to while their type changes. */
export const TEMPORARY_SUFFIX = '__next';
const MAX_NAME = 63;

/** What planning one object adds to. */
export interface ObjectPlan {
  readonly match: MatchedObject;
  readonly steps: MigrationStep[];
  readonly remarks: Remarks;
  /** Fields (`object.field`) whose values may be lost where they do not convert. */
  readonly lossy: ReadonlySet<string>;
}

/** An object whose table exists, on its way to the target. */
export interface Working extends ObjectPlan {
  readonly rows: Rows;
  /** The columns after renames, by name. */
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  readonly indexes: readonly IndexSchema[];
  /** Columns that change their type. */
  readonly converted: ReadonlySet<string>;
}

/** The name of the column that values move to while their type changes. */
export function temporaryName(column: string): string {
  return column.length + TEMPORARY_SUFFIX.length <= MAX_NAME
    ? `${column}${TEMPORARY_SUFFIX}`
    : `${column.slice(0, 45)}_${contentHash(column).slice(0, 8)}${TEMPORARY_SUFFIX}`;
}

/** Lays out where the rows of an object are, before and during its migration. */
export function prepare(plan: ObjectPlan, before: TableSchema): Working {
  const { target, columns: renamed } = plan.match;
  const after = (name: string) => renamed.get(name) ?? name;
  const columns = new Map<string, ColumnSchema>();
  for (const column of before.columns) {
    columns.set(after(column.name), { ...column, name: after(column.name) });
  }
  const indexes = before.indexes.map((index) => ({ ...index, columns: index.columns.map(after) }));
  const converted = new Set<string>();
  const during = new Map(columns);
  const names = new Map<string, string>();
  for (const column of target.table.columns) {
    const old = columns.get(column.name);
    if (old === undefined) during.set(column.name, column);
    else if (old.type !== column.type) {
      const temporary = temporaryName(column.name);
      converted.add(column.name);
      during.set(temporary, { ...column, name: temporary });
      names.set(temporary, column.name);
      names.set(column.name, formerly(column.name));
    }
  }
  const table = { name: target.name, columns: [...during.values()], indexes: [], tenant: true };
  const rows: Rows = {
    object: target.name,
    before: { table: before, names: renamed },
    during: { table, names },
  };
  return { ...plan, rows, columns, indexes, converted };
}

/** How the old column of a change of type is called in `Rows.during`. */
export function formerly(column: string): string {
  return `${column} (before)`;
}

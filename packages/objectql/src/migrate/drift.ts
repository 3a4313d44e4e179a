import type { TableSchema } from '../driver/contract.js';
import type { RecordedSchema } from './model.js';

/** A difference between the database and what migrations left there. */
export interface Drift {
  readonly kind:
    'unknown_table' | 'unknown_column' | 'missing_table' | 'missing_column' | 'changed_type';
  /** `table` or `table.column`. */
  readonly name: string;
  readonly message: string;
}

/**
 * What somebody changed in the database by hand: everything that no migration did. Indexes that the
 * driver did not make are an administrator's business and no drift.
 */
export function findDrift(
  database: readonly TableSchema[],
  recorded: RecordedSchema,
  isKnownTable: (name: string) => boolean,
): Drift[] {
  const drift: Drift[] = [];
  const tables = new Map(database.map((table) => [table.name, table]));
  const retiredTables = new Set(
    recorded.retired.flatMap(({ table, column }) => (column === undefined ? [table] : [])),
  );
  for (const [name, { table }] of Object.entries(recorded.objects)) {
    const actual = tables.get(name);
    if (actual === undefined) {
      drift.push(entry('missing_table', name, 'is gone; the next migration makes it anew, empty'));
    } else {
      drift.push(...columnDrift(actual, table, recorded));
    }
  }
  for (const name of tables.keys()) {
    if (Object.hasOwn(recorded.objects, name) || retiredTables.has(name) || isKnownTable(name)) {
      continue;
    }
    drift.push(entry('unknown_table', name, 'belongs to no object; it is left alone'));
  }
  return drift;
}

function columnDrift(
  actual: TableSchema,
  expected: TableSchema,
  recorded: RecordedSchema,
): Drift[] {
  const drift: Drift[] = [];
  const columns = new Map(actual.columns.map((column) => [column.name, column]));
  const retired = new Set(
    recorded.retired.flatMap(({ table, column }) => (table === actual.name ? [column] : [])),
  );
  for (const { name, type } of expected.columns) {
    const found = columns.get(name);
    const at = `${actual.name}.${name}`;
    columns.delete(name);
    if (found === undefined) {
      drift.push(entry('missing_column', at, 'is gone; the next migration adds it anew, empty'));
    } else if (found.type !== type) {
      drift.push(entry('changed_type', at, `is of type ${found.type}, and was made as ${type}`));
    }
  }
  for (const name of columns.keys()) {
    if (retired.has(name)) continue;
    drift.push(
      entry('unknown_column', `${actual.name}.${name}`, 'belongs to no field; it is left alone'),
    );
  }
  return drift;
}

function entry(kind: Drift['kind'], name: string, what: string): Drift {
  return { kind, name, message: `"${name}" ${what}.` };
}

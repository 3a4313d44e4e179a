import { suggest } from '@objectos/spec/metadata';
import type { ColumnSchema, TableSchema } from '../driver/contract.js';
import type { RecordedSchema, Retired } from './model.js';
import type { MatchedObject } from './renames.js';
import type { MigrationStep, Rows } from './steps.js';

/** What finding retired columns and tables needs. */
export interface RetiredInput {
  readonly database: ReadonlyMap<string, TableSchema>;
  readonly recorded: RecordedSchema | undefined;
  readonly matches: readonly MatchedObject[];
  readonly rows: ReadonlyMap<string, Rows>;
}

/**
 * Drops of what the metadata had once and does not have any more. Only what is remembered as ours is
 * ever dropped: a column or table that somebody else made stays.
 */
export function planRetired({ database, recorded, matches, rows }: RetiredInput): MigrationStep[] {
  if (recorded === undefined) return [];
  const steps: MigrationStep[] = [];
  const taken = new Set(matches.flatMap(({ before }) => before?.name ?? []));
  const tables = new Set([
    ...Object.keys(recorded.objects),
    ...recorded.retired.flatMap(({ table, column }) => (column === undefined ? [table] : [])),
  ]);
  for (const name of tables) {
    const table = database.get(name);
    if (table !== undefined && !taken.has(name)) steps.push(dropTable(table));
  }
  for (const match of matches) {
    const own = rows.get(match.target.name);
    if (own !== undefined) steps.push(...dropColumns(match, recorded.retired, own));
  }
  return steps;
}

function dropColumns(match: MatchedObject, retired: readonly Retired[], rows: Rows) {
  const { target, before, recorded, columns: renamed } = match;
  const wanted = new Set(target.table.columns.map((column) => column.name));
  const known = new Set([
    ...(recorded?.table.columns.map((column) => column.name) ?? []),
    ...retired.flatMap(({ table, column }) =>
      column !== undefined && (table === before?.name || table === target.name) ? [column] : [],
    ),
  ]);
  return (before?.columns ?? [])
    .filter(({ name }) => known.has(name) && !renamed.has(name) && !wanted.has(name))
    .map((column): MigrationStep => ({
      kind: 'dropColumn',
      key: `dropColumn ${target.name}.${column.name}`,
      phase: 'contract',
      risk: 'destructive',
      description: `drop the field "${target.name}.${column.name}" with its values`,
      reason: `the metadata does not have it any more${renamedTo(match, column)}`,
      rows,
      column,
    }));
}

/** A drop beside a new column of the same kind is often a rename that nobody told. */
function renamedTo({ target, before, columns: renamed }: MatchedObject, gone: ColumnSchema) {
  const former = new Set(before?.columns.map(({ name }) => name));
  const taken = new Set(renamed.values());
  const fresh = target.table.columns
    .filter(({ name, type }) => type === gone.type && !former.has(name) && !taken.has(name))
    .map(({ name }) => name);
  const name = fresh.length === 1 ? fresh[0] : suggest(gone.name, fresh);
  return name === undefined
    ? ''
    : `; if "${name}" is its new name, write "renamedFrom: ${gone.name}" there, and the values stay`;
}

function dropTable(table: TableSchema): MigrationStep {
  return {
    kind: 'dropTable',
    key: `dropTable ${table.name}`,
    phase: 'contract',
    risk: 'destructive',
    description: `drop the object "${table.name}" with its records`,
    reason: 'the metadata does not have it any more',
    table,
  };
}

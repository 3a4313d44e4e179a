import type { TableSchema } from '../driver/contract.js';
import type { StepRecord } from './journal.js';
import {
  recordedObject,
  type DoneRename,
  type RecordedObject,
  type RecordedSchema,
  type Retired,
  type TargetObject,
} from './model.js';

/** Renames that are remembered, the newest. */
const RENAMES = 500;

/** What is remembered after a migration: the target, and what of former metadata is still there. */
export function remember(
  target: readonly TargetObject[],
  database: readonly TableSchema[],
  former: RecordedSchema | undefined,
  done: readonly StepRecord[] = [],
): RecordedSchema {
  const objects: Record<string, RecordedObject> = {};
  for (const object of target) objects[object.name] = recordedObject(object);
  const renamedTables = new Map(
    done.flatMap(({ kind, from, to }) =>
      kind === 'renameTable' && from !== undefined && to !== undefined ? [[from, to]] : [],
    ),
  );
  const known = knownBefore(former, renamedTables);
  const retired = database.flatMap((table): Retired[] => {
    const own = known.get(table.name);
    const object = objects[table.name];
    if (object === undefined) return own === undefined ? [] : [{ table: table.name }];
    const wanted = new Set(object.table.columns.map((column) => column.name));
    return table.columns
      .filter(({ name }) => own?.has(name) === true && !wanted.has(name))
      .map(({ name }) => ({ table: table.name, column: name }));
  });
  const renames = [...(former?.renames ?? []), ...renamesOf(done)].slice(-RENAMES);
  return { objects, retired, renames };
}

/** Tables and columns that metadata had before, under the names that tables have now. */
function knownBefore(
  former: RecordedSchema | undefined,
  renamed: ReadonlyMap<string, string>,
): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  const columnsOf = (table: string): Set<string> => {
    const name = renamed.get(table) ?? table;
    const columns = known.get(name) ?? new Set<string>();
    known.set(name, columns);
    return columns;
  };
  for (const [name, { table }] of Object.entries(former?.objects ?? {})) {
    const columns = columnsOf(name);
    for (const column of table.columns) columns.add(column.name);
  }
  for (const { table, column } of former?.retired ?? []) {
    const columns = columnsOf(table);
    if (column !== undefined) columns.add(column);
  }
  return known;
}

function renamesOf(done: readonly StepRecord[]): DoneRename[] {
  return done.flatMap(({ kind, table, from, to }) =>
    (kind === 'renameTable' || kind === 'renameColumn') && from !== undefined && to !== undefined
      ? [{ ...(kind === 'renameColumn' ? { table } : {}), from, to }]
      : [],
  );
}

import type { MigrationRecord, StepRecord } from './journal.js';
import type { RecordedSchema, TargetField, TargetObject } from './model.js';
import { planMigration, type PlanInput } from './plan.js';
import { inOrder, type MigrationPlan, type MigrationStep, type Rows } from './steps.js';

/** What undoing needs to know. */
export interface UndoInput extends Pick<PlanInput, 'database' | 'lossy'> {
  /** The migration to undo; it has a `before`. */
  readonly record: MigrationRecord;
  readonly before: RecordedSchema;
}

/**
 * Plans the way back: a migration to what was there before, with the renames turned round and with
 * what was kept put back.
 */
export function planUndo({ record, before, database, lossy }: UndoInput): MigrationPlan {
  const target = undoTarget(before, record);
  const recorded = record.after === null ? undefined : { ...record.after, renames: before.renames };
  const plan = planMigration({ version: record.version, database, recorded, target, lossy });
  const tables = new Set(database.map((table) => table.name));
  const restores = record.done.flatMap((step) => restoreStep(step, plan, target, tables));
  const restored = new Set(restores.map(({ key }) => key.replace('restore', 'swap')));
  const steps = plan.steps.map((step) =>
    step.kind === 'swap' && restored.has(step.key) ? { ...step, filled: true } : step,
  );
  return { ...plan, notices: [], steps: inOrder([...steps, ...restores]) };
}

/** The objects as they were, each knowing the name it has now. */
export function undoTarget(
  before: RecordedSchema,
  { done, after }: Pick<MigrationRecord, 'done' | 'after'>,
): TargetObject[] {
  const tableNow = new Map<string, string>();
  const fieldNow = new Map<string, string>();
  for (const { kind, table, from, to, kept } of done) {
    if (kind === 'renameTable' && from !== undefined && to !== undefined) tableNow.set(from, to);
    if (kind === 'dropTable' && table !== undefined && kept !== undefined)
      tableNow.set(table, kept);
    if (kind === 'renameColumn') fieldNow.set(`${table ?? ''}.${from ?? ''}`, to ?? '');
  }
  return Object.entries(before.objects).map(([name, { table, fields }]) => {
    const now = tableNow.get(name);
    const own = Object.entries(fields).map(([field, stored]): [string, TargetField] => {
      const former = fieldNow.get(`${now ?? name}.${field}`);
      const renamedFrom = former === undefined ? [] : [former];
      // What was not required meanwhile may lack values: the metadata that comes next has it checked.
      const meanwhile = after?.objects[now ?? name]?.fields[former ?? field];
      const required = stored.required && meanwhile?.required === true;
      return [field, { ...stored, name: field, required, renamedFrom }];
    });
    return { name, table, renamedFrom: now === undefined ? [] : [now], fields: new Map(own) };
  });
}

function restoreStep(
  { kind, table, column, kept }: StepRecord,
  plan: MigrationPlan,
  target: readonly TargetObject[],
  tables: ReadonlySet<string>,
): MigrationStep[] {
  if (kind !== 'dropColumn' && kind !== 'convert') return [];
  if (kept === undefined || column === undefined || !tables.has(kept)) return [];
  const object = target.find(
    ({ name, renamedFrom }) => table === name || renamedFrom.includes(table ?? ''),
  );
  const rows = object && rowsOf(plan, object);
  if (object === undefined || rows === undefined) return [];
  return [
    {
      kind: 'restore',
      key: `restore ${object.name}.${column}`,
      phase: 'backfill',
      risk: 'backfill',
      description: `put back the values of "${object.name}.${column}" that were kept`,
      reason: 'they were taken away by the migration that is undone',
      rows,
      column,
      kept,
    },
  ];
}

/** Where the rows of an object lie while the plan runs. */
function rowsOf(plan: MigrationPlan, object: TargetObject): Rows | undefined {
  for (const step of plan.steps) {
    if ('rows' in step && step.rows.object === object.name) return step.rows;
  }
  const source = { table: object.table, names: new Map<string, string>() };
  return { object: object.name, before: source, during: source };
}

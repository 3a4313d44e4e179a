import { createError } from '@objectos/spec/errors';
import { carryOut, type MigrationOutcome, type Workshop } from './carry-out.js';
import type { MigrationRecord } from './journal.js';
import type { MigrateOptions } from './migrator.js';
import type { RecordedSchema } from './model.js';
import { refuseProblems, reportOn, withoutCompleted } from './report.js';
import { planUndo, undoTarget } from './undo.js';

/** Undoes the last migration. @throws `migration_undo_impossible`, `migration_blocked` */
export async function undoLast(
  workshop: Workshop,
  options: MigrateOptions,
): Promise<MigrationOutcome> {
  const { driver, journal } = workshop;
  const { record, before } = await undoable(workshop);
  const database = await driver.introspect();
  const running = await journal.running();
  const make = (lossy?: ReadonlySet<string>) =>
    withoutCompleted(planUndo({ record, before, database, lossy }), running);
  const report = await reportOn(make, driver, options.allowDestructive === true);
  refuseProblems(report);
  const outcome = await carryOut(
    {
      kind: 'undo',
      version: `${record.version} undone`,
      objects: undoTarget(before, record),
      recorded: record.after ?? undefined,
      report,
      renames: before.renames,
    },
    workshop,
    options,
  );
  await journal.change(record.id, { state: 'undone' });
  return outcome;
}

async function undoable({
  journal,
}: Workshop): Promise<{ readonly record: MigrationRecord; readonly before: RecordedSchema }> {
  const record = await journal.last();
  const { before } = record ?? {};
  const refuse = (reason: string) => createError('migration_undo_impossible', { reason });
  if (record === undefined) throw refuse('none was done');
  if (before === undefined || before === null) {
    throw refuse('nothing was there before the last one');
  }
  if (record.kind === 'undo') throw refuse('the last one was an undo');
  if ((await journal.running())?.kind === 'apply') {
    throw refuse('the last one was interrupted and has to be finished first');
  }
  return { record, before };
}

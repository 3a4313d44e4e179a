import type { MigrationProgress } from '@objectql/core';
import { migrationService, type Migrations } from '@objectql/core/plugin';
import { withApplication } from '../headless.js';
import { planJson, planText } from '../migrate/show-plan.js';
import { isWell, outcomeText, statusJson, statusText } from '../migrate/show-status.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** Flags of the migration commands. */
export interface MigrateCommandOptions extends CommandOptions {
  readonly allowDestructive?: boolean | undefined;
  readonly pause?: number | undefined;
}

/** Something is to be done; neither an error nor nothing. */
const PENDING = 2;

/** `objectos migrate plan`: what would be done. Exits 0 for nothing, 2 for something, 1 if it cannot be done. */
export async function migratePlan(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
): Promise<number> {
  const report = await withMigrations(folder, options, io, (migrations) =>
    migrations.plan(migrateOptions(options)),
  );
  write(io, options, planJson(report), () => planText(report));
  const all = [report, ...(report.tenants ?? []).map((one) => one.report)];
  if (all.some(({ problems }) => problems.length > 0)) return 1;
  return all.some(({ plan }) => plan.steps.length > 0) ? PENDING : 0;
}

/** `objectos migrate apply`: does what the plan says. */
export async function migrateApply(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
): Promise<number> {
  const outcome = await withMigrations(folder, options, io, (migrations) =>
    migrations.apply({ ...migrateOptions(options), ...progressOf(options, io) }),
  );
  write(io, options, outcome, () => outcomeText(outcome, 'The database fits the metadata.'));
  return 0;
}

/** `objectos migrate undo`: takes the last migration back. */
export async function migrateUndo(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
): Promise<number> {
  const outcome = await withMigrations(folder, options, io, (migrations) =>
    migrations.undo({ ...migrateOptions(options), ...progressOf(options, io) }),
  );
  write(io, options, outcome, () => [
    ...outcomeText(outcome, 'Nothing in the database had to change.'),
    'The files still describe the newer state: bring them back too, or the next start migrates again.',
  ]);
  return 0;
}

/** `objectos migrate status`: plan, drift and history. Exits 0 when all is well, 2 otherwise. */
export async function migrateStatus(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
): Promise<number> {
  const status = await withMigrations(folder, options, io, (migrations) => migrations.status());
  write(io, options, statusJson(status), () => statusText(status));
  return isWell(status) ? 0 : PENDING;
}

/** `objectos migrate forget`: drops for good what migrations kept aside. */
export async function migrateForget(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
): Promise<number> {
  const dropped = await withMigrations(folder, options, io, (migrations) => migrations.forget());
  write(io, options, { dropped }, () => [`${dropped.length} tables with kept values are dropped.`]);
  return 0;
}

function withMigrations<T>(
  folder: string,
  options: MigrateCommandOptions,
  io: Io,
  work: (migrations: Migrations) => Promise<T>,
): Promise<T> {
  const run = ({ kernel }: Parameters<Parameters<typeof withApplication>[3]>[0]) =>
    work(kernel.service(migrationService));
  return withApplication(folder, options, io, run, { start: false });
}

function migrateOptions({ allowDestructive = false, pause }: MigrateCommandOptions) {
  return { allowDestructive, pause };
}

/** Progress goes to the error stream, so that the output stays one value. */
function progressOf(
  { json }: MigrateCommandOptions,
  io: Io,
): { readonly onProgress: (progress: MigrationProgress) => void } {
  return {
    onProgress(progress) {
      const { step, done, steps, rows, total, percent } = progress;
      const of = total === undefined ? '' : ` of ${Math.max(total, rows ?? 0)}`;
      const counted = rows === undefined ? '' : ` (${rows}${of} rows, ${percent} %)`;
      io.stderr.write(
        json === true
          ? `${JSON.stringify({ event: 'progress', ...progress })}\n`
          : `[${done + 1}/${steps}] ${step}${counted}\n`,
      );
    },
  };
}

function write(
  io: Io,
  { json }: MigrateCommandOptions,
  value: unknown,
  text: () => readonly string[],
): void {
  io.stdout.write(`${json === true ? JSON.stringify(value) : text().join('\n')}\n`);
}

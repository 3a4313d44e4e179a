import type { MigrationOutcome, MigrationStatus } from '@objectql/core';
import { planJson, planText } from './show-plan.js';

/** What a migration did, as people read it. */
export function outcomeText(
  { done, waiting, backup }: MigrationOutcome,
  nothing: string,
): string[] {
  return [
    ...(done.length === 0 ? [nothing] : [`${done.length} steps done:`, ...indent(done)]),
    ...(waiting.length === 0 ? [] : ['Not done without --allow-destructive:', ...indent(waiting)]),
    ...(backup === undefined ? [] : [`The database as it was is in ${backup}`]),
  ];
}

/** How a database stands to its metadata, as machines read it. */
export function statusJson({ report, drift, running, history, kept }: MigrationStatus) {
  const past = history.map(({ id, kind, state, started_at, finished_at, node, failure, done }) => ({
    id,
    kind,
    state,
    started_at,
    finished_at,
    node,
    failure,
    done: done.map(({ description }) => description),
  }));
  return { plan: planJson(report), drift, running: running?.id, history: past, kept };
}

/** How a database stands to its metadata, as people read it. */
export function statusText({ report, drift, running, history, kept }: MigrationStatus): string[] {
  const lines = planText(report);
  if (running !== undefined) {
    const why = running.failure === null ? '' : `: ${running.failure}`;
    lines.push(`The migration ${running.id} is not finished${why}`);
    lines.push('  objectos migrate apply goes on with it.');
  }
  if (drift.length > 0) {
    lines.push('In the database, and by no migration:', ...indent(drift.map((one) => one.message)));
  }
  if (kept.length > 0) {
    lines.push(`Kept for an undo in ${kept.length} tables; objectos migrate forget drops them.`);
  }
  if (history.length > 0) {
    const entry = ({ id, kind, state, done }: (typeof history)[number]) =>
      `${id} ${kind} ${state}, ${done.length} steps`;
    lines.push('Migrations, the last first:', ...indent(history.map(entry)));
  }
  return lines;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

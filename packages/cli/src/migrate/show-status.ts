import type { MigrationOutcome, MigrationStatus } from '@objectql/core';
import { planJson, planText } from './show-plan.js';

/** What a migration did, as people read it. */
export function outcomeText(
  { done, waiting, backup, tenants = [] }: MigrationOutcome,
  nothing: string,
): string[] {
  return [
    ...(done.length === 0 ? [nothing] : [`${done.length} steps done:`, ...indent(done)]),
    ...(tenants.length === 0 ? [] : tenantLines(tenants)),
    ...(waiting.length === 0 ? [] : ['Not done without --allow-destructive:', ...indent(waiting)]),
    ...(backup === undefined ? [] : [`The database as it was is in ${backup}`]),
  ];
}

function tenantLines(tenants: NonNullable<MigrationOutcome['tenants']>): string[] {
  const changed = tenants.filter(({ done }) => done.length > 0);
  return [
    `Schemas of organizations: ${tenants.length}, of which ${changed.length} were changed.`,
    ...indent(changed.map(({ organization, done }) => `${organization}: ${done.length} steps`)),
  ];
}

/** How a database stands to its metadata, as machines read it. */
export function statusJson(status: MigrationStatus) {
  const { report, drift, running, history, kept, tenants } = status;
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
  const own = tenants?.map((one) => ({
    organization: one.organization,
    plan: planJson(one.report),
    drift: one.drift,
    running: one.running?.id,
    kept: one.kept,
  }));
  return { plan: planJson(report), drift, running: running?.id, history: past, kept, tenants: own };
}

/** How a database stands to its metadata, as people read it. */
export function statusText(status: MigrationStatus): string[] {
  const { report, drift, running, history, kept, tenants = [] } = status;
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
  for (const { organization, ...own } of tenants) {
    if (isWell(own)) continue;
    lines.push(`The schema of ${organization}:`);
    lines.push(...indent(statusText({ ...own, history: [] })));
  }
  return lines;
}

/** True where nothing is to be done and nobody changed anything by hand. */
export function isWell({ report, drift, running, tenants = [] }: Standing): boolean {
  const { plan, problems } = report;
  const own = plan.steps.length + problems.length + drift.length === 0 && running === undefined;
  return own && tenants.every((one) => isWell(one));
}

type Standing = Pick<MigrationStatus, 'report' | 'drift' | 'running' | 'tenants'>;

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

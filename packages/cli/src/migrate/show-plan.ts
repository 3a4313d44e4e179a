import {
  describePlan,
  type MigrationStep,
  type PlanNote,
  type PlanReport,
  type TenantReport,
} from '@objectql/core';

/** A plan as machines read it. */
export function planJson(report: PlanReport): PlanJson {
  const { plan, counts, problems, risk, waiting, tenants } = report;
  const stepJson = ({ key, phase, risk: own, description, reason }: MigrationStep) => ({
    key,
    phase,
    risk: own,
    description,
    reason,
    count: counts.get(key),
  });
  return {
    version: plan.version,
    risk,
    steps: plan.steps.map(stepJson),
    waiting: waiting.map(stepJson),
    problems,
    notices: plan.notices,
    ...(tenants === undefined ? {} : { tenants: tenants.map(tenantJson) }),
  };
}

function tenantJson({ organization, report }: TenantReport) {
  return { organization, ...planJson(report) };
}

/** The form of {@link planJson}. */
export interface PlanJson {
  readonly version: string;
  readonly risk: string;
  readonly steps: readonly object[];
  readonly waiting: readonly object[];
  readonly problems: readonly PlanNote[];
  readonly notices: readonly PlanNote[];
  readonly tenants?: readonly (PlanJson & { readonly organization: string })[];
}

/** A plan as people read it. */
export function planText(report: PlanReport): string[] {
  const { plan, counts, problems, risk, waiting, tenants = [] } = report;
  const lines: string[] = [];
  const { length } = plan.steps;
  if (length > 0) {
    lines.push(`${length} ${length === 1 ? 'step' : 'steps'} to do (${risk}):`);
    lines.push(...describePlan(plan, counts).map((line) => `  ${line}`));
  } else if (problems.length === 0) {
    lines.push('The database fits the metadata.');
  }
  if (waiting.length > 0) {
    lines.push('Not done without --allow-destructive (the application runs without it):');
    lines.push(...describePlan({ ...plan, steps: waiting }, counts).slice(1));
  }
  lines.push(...notesText('In the way:', problems), ...notesText('Note:', plan.notices));
  for (const { organization, report: own } of tenants) {
    lines.push(`The schema of ${organization}:`, ...planText(own).map((line) => `  ${line}`));
  }
  return lines;
}

function notesText(title: string, notes: readonly PlanNote[]): string[] {
  if (notes.length === 0) return [];
  return [title, ...notes.flatMap(({ message, hint }) => [`  ${message}`, `    ${hint}`])];
}

import { describePlan, type MigrationStep, type PlanNote, type PlanReport } from '@objectql/core';

/** A plan as machines read it. */
export function planJson({ plan, counts, problems, risk, waiting }: PlanReport) {
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
  };
}

/** A plan as people read it. */
export function planText(report: PlanReport): string[] {
  const { plan, counts, problems, risk, waiting } = report;
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
  return lines;
}

function notesText(title: string, notes: readonly PlanNote[]): string[] {
  if (notes.length === 0) return [];
  return [title, ...notes.flatMap(({ message, hint }) => [`  ${message}`, `    ${hint}`])];
}

import type { Inspection } from './inspect.js';
import type { MigrationPlan, MigrationStep } from './steps.js';

/** A plan in words, a line each. */
export function describePlan(
  plan: MigrationPlan,
  counts: Inspection['counts'] = new Map(),
): string[] {
  let phase = '';
  return plan.steps.flatMap((step) => {
    const lines = [describeStep(step, counts)];
    if (step.phase === phase) return lines;
    phase = step.phase;
    return [phase, ...lines];
  });
}

function describeStep(step: MigrationStep, counts: Inspection['counts']): string {
  const count = counts.get(step.key);
  const touched = count === undefined || count === 0 ? '' : ` [${count} ${unitOf(step)}]`;
  const mark = step.risk === 'safe' ? '' : ` (${step.risk})`;
  return `  ${step.description}${touched}${mark}: ${step.reason}`;
}

function unitOf(step: MigrationStep): string {
  return step.kind === 'dropTable' ? 'records' : 'values';
}

import type { TableSchema } from '../driver/contract.js';
import { isKept } from './kept.js';
import { notes } from './notes.js';
import { planColumn, planLeftovers } from './plan-columns.js';
import { planIndexes } from './plan-indexes.js';
import type { Rows } from './steps.js';
import { prepare, type ObjectPlan, type Working } from './working.js';

/** Adds the steps that bring the table of one object to its target. */
export function planObject(plan: ObjectPlan): Rows | undefined {
  const { match, steps } = plan;
  const { target, before } = match;
  if (before === undefined) {
    steps.push({
      kind: 'createTable',
      key: `createTable ${target.name}`,
      phase: 'expand',
      risk: 'safe',
      description: `make the table of "${target.name}" (${target.table.columns.length} columns)`,
      reason: 'the object is new',
      table: target.table,
    });
    return undefined;
  }
  if (before.sequence !== undefined) {
    plan.remarks.problems.push(notes.sequence(before.name));
    return undefined;
  }
  const working = prepare(plan, before);
  renames(working, before);
  for (const column of target.table.columns) planColumn(working, column);
  planIndexes(working);
  planLeftovers(working);
  return working.rows;
}

function renames({ match, steps }: Working, before: TableSchema): void {
  const { target, formerName, columns, fields } = match;
  const phase = 'expand' as const;
  if (before.name !== target.name) {
    steps.push({
      kind: 'renameTable',
      key: `renameTable ${target.name}`,
      phase,
      risk: 'safe',
      description: `rename the object "${before.name}" to "${target.name}", with its records`,
      reason: `"${target.name}" says renamedFrom: ${before.name}`,
      from: before.name,
      to: target.name,
    });
  }
  for (const [from, to] of columns) {
    steps.push({
      kind: 'renameColumn',
      key: `renameColumn ${target.name}.${to}`,
      phase,
      risk: 'safe',
      description: `rename the field "${target.name}.${from}" to "${to}", with its values`,
      reason: `"${to}" says renamedFrom: ${from}`,
      table: target.name,
      from,
      to,
    });
  }
  const history = {
    phase: 'backfill',
    risk: 'safe',
    reason: 'records keep their history',
  } as const;
  if (formerName !== undefined && !isKept(formerName)) {
    steps.push({
      ...history,
      kind: 'relabelObject',
      key: `relabelObject ${target.name}`,
      description: `let the change log of "${formerName}" follow to "${target.name}"`,
      from: formerName,
      to: target.name,
    });
  }
  if (fields.length > 0) {
    steps.push({
      ...history,
      kind: 'relabelFields',
      key: `relabelFields ${target.name}`,
      description: `let the change log of "${target.name}" follow the new names of its fields`,
      object: target.name,
      fields,
    });
  }
}

import { rejectChange, type RecordData } from '@objectos/spec/contracts';
import { permissionSetSchema, sharingRuleSchema } from '@objectos/spec/metadata';
import type { CheckedMetadata, Merged, MetadataProblem } from '@objectql/core';
import { checkSet } from '../check/sets.js';
import { checkSharingRule } from '../check/sharing-rules.js';
import { compileSet } from '../model/compile-set.js';
import { parseRuleRecord, parseSetRecord } from '../model/record-definitions.js';
import { denied, type Administrator, type AdminScope } from './context.js';
import { notHeld } from './covers.js';

/**
 * Checks a set that a record is about to define: it means something, and gives nobody more than its
 * author holds.
 *
 * @throws `hook_rejected`, `permission_denied`
 */
export function guardSetRecord(
  scope: AdminScope,
  row: RecordData,
  { operation, by }: { operation: string; by: Administrator },
): void {
  const definition = parseSetRecord(row);
  if (definition === undefined) {
    throw rejectChange('permission_set', firstIssue(permissionSetSchema, row));
  }
  const [problem] = checkSet(asItem('permission_set', row, definition), metadataOf(scope));
  if (problem !== undefined) throw rejectChange('permission_set', problem.message);
  if (by === undefined) return;
  const { objects } = scope.snapshot();
  const set = compileSet(definition, { objects, source: 'record', fault: () => undefined });
  const missing = notHeld(set, by.grants, by.model);
  if (missing === undefined) return;
  throw denied({ object: 'permission_set', operation }, `you do not hold ${missing} yourself`);
}

/** Checks a sharing rule that a record is about to define. @throws `hook_rejected` */
export function guardRuleRecord(scope: AdminScope, row: RecordData): void {
  const definition = parseRuleRecord(row);
  if (definition === undefined) {
    throw rejectChange('sharing_rule', firstIssue(sharingRuleSchema, row));
  }
  const [problem] = checkSharingRule(asItem('sharing_rule', row, definition), metadataOf(scope));
  if (problem !== undefined) throw rejectChange('sharing_rule', problem.message);
}

function metadataOf({ snapshot }: AdminScope): CheckedMetadata {
  const { items, objects } = snapshot();
  return { items: items as unknown as CheckedMetadata['items'], objects };
}

/** A record in the shape that the checks of files take; its place is the record. */
function asItem(type: Merged['type'], row: RecordData, value: object): Merged {
  const name = String(row['name']);
  const position: MetadataProblem['position'] = { file: `${type} ${name}`, line: 1, column: 1 };
  return {
    type,
    name,
    layer: 'runtime',
    home: 'runtime',
    value: value as Merged['value'],
    position,
    origins: new Map(),
    locate: () => position,
  };
}

function firstIssue(
  schema: typeof permissionSetSchema | typeof sharingRuleSchema,
  { name, definition }: RecordData,
): string {
  const known = typeof definition === 'object' && definition !== null ? definition : {};
  const issue = schema.safeParse({ ...known, name }).error?.issues[0];
  const place = issue?.path.join('.') ?? '';
  return `its definition is not valid: ${place === '' ? '' : `${place}: `}${issue?.message ?? 'unreadable'}`;
}

import type { AccessOperation, RecordData } from '@objectos/spec/contracts';
import type { ObjectMeta } from '@objectql/core';
import { missingRight } from '../compile/decision.js';
import { fieldMask } from '../compile/field-mask.js';
import { OPERATIONS, RIGHT_NAMES, grants as setGrants } from '../compile/object-rights.js';
import { placeOf, type CompileScope } from '../compile/record-access.js';
import { rowsFor } from '../compile/rows.js';
import type { Grants } from '../grants/grants.js';
import { matchesLater, type ReadRelated } from '../match/matches.js';
import type { PermissionModel } from '../model/types.js';
import { explainPolicies, explainRecord } from './record-layers.js';
import { suggestGrant } from './suggest-grant.js';
import type { Explanation, Layer } from './types.js';

/** What is to be explained. */
export interface Question {
  readonly model: PermissionModel;
  readonly grants: Grants;
  readonly object: string;
  readonly operation: AccessOperation;
  readonly recordId: string | null;
  /** The record, read as the system; absent when there is none. */
  readonly record: RecordData | undefined;
  readonly read: ReadRelated;
  readonly now: Date;
}

/**
 * Explains an access layer by layer. It evaluates the very filters that the engine uses, part by
 * part, so that it can't say anything else than the engine does.
 */
export async function explain(question: Question): Promise<Explanation> {
  const { model, grants, object, operation, recordId, record } = question;
  const meta = model.objects.get(object);
  const layers: Layer[] = [principalLayer(grants)];
  const objectLayer = explainObject(question, meta);
  layers.push(objectLayer);
  let allowed = objectLayer.passed;
  if (meta !== undefined && recordId !== null && operation !== 'create') {
    const tenant = await tenantLayer(question, meta, recordId);
    layers.push(tenant);
    if (record !== undefined && tenant.passed) {
      const scope: CompileScope = { ...question, volatile: false };
      layers.push(await explainRecord(scope, meta, { ...question, record }));
      layers.push(await explainPolicies(scope, meta, { ...question, record }));
      const open = await matchesLater(rowsFor(scope, object, operation), record, question.read);
      allowed = allowed && open;
    } else allowed = false;
  }
  if (meta !== undefined) layers.push(fieldLayer(meta, grants));
  const explanation: Explanation = {
    user: grants.userId,
    object,
    operation,
    recordId,
    allowed,
    layers,
  };
  return allowed ? explanation : { ...explanation, smallestGrant: suggestGrant(question, layers) };
}

function principalLayer({ sets, roles, groups }: Grants): Layer {
  const held = sets.map((set) => set.name);
  return {
    layer: 'principal',
    passed: held.length > 0,
    reason: held.length === 0 ? 'holds no permission set' : `holds ${held.join(', ')}`,
    details: { sets: held, roles, groups },
  };
}

function explainObject(
  { grants, object, operation }: Question,
  meta: ObjectMeta | undefined,
): Layer {
  if (meta === undefined) {
    return { layer: 'object', passed: false, reason: `there is no object "${object}"` };
  }
  const missing = missingRight(grants, object, operation);
  const granting = grants.sets
    .filter((set) => setGrants(set, object, operation))
    .map((set) => set.name);
  return {
    layer: 'object',
    passed: missing === undefined,
    reason: missing ?? `${RIGHT_NAMES[operation]} comes from ${granting.join(', ')}`,
    details: { right: RIGHT_NAMES[operation], level: OPERATIONS[operation].level, sets: granting },
  };
}

/** A record of another organization is one that does not exist, for its administrators too. */
async function tenantLayer(
  { grants, operation, record, read }: Question,
  meta: ObjectMeta,
  recordId: string,
): Promise<Layer> {
  const place = placeOf({ grants }, meta, OPERATIONS[operation].level);
  const passed = record !== undefined && (await matchesLater(place, record, read));
  if (!passed) return { layer: 'tenant', passed, reason: `there is no record "${recordId}"` };
  const reason = place.op === 'exists' ? 'is seen by membership' : 'belongs to the organization';
  return { layer: 'tenant', passed, reason };
}

function fieldLayer(meta: ObjectMeta, { sets, tenantId }: Grants): Layer {
  const { readable, writable } = fieldMask(meta, sets, tenantId);
  const hidden =
    readable === undefined ? [] : [...meta.columns].filter((name) => !readable.has(name));
  return {
    layer: 'fields',
    passed: true,
    reason: hidden.length === 0 ? 'sees every field' : `does not see ${hidden.join(', ')}`,
    details: { hidden, writable: writable === undefined ? 'all' : [...writable] },
  };
}

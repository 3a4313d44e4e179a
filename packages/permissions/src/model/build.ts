import type { PermissionSetDefinition, SharingRuleDefinition } from '@objectos/spec/metadata';
import type { MetadataSnapshot } from '@objectql/core';
import type { Predicate } from '../policy/bindings.js';
import { compileRule } from './compile-rule.js';
import { compileSet, type SetScope } from './compile-set.js';
import { buildRoleTree, type RoleEntry } from './roles.js';
import type { GroupNesting, PermissionModel, RuleModel, SetModel } from './types.js';

/** What of the permission model is kept in records. */
export interface RecordDefinitions {
  readonly sets: readonly PermissionSetDefinition[];
  readonly rules: readonly SharingRuleDefinition[];
  readonly roles: readonly RoleEntry[];
  readonly nesting: GroupNesting;
}

/** No records. */
export const NO_RECORDS: RecordDefinitions = {
  sets: [],
  rules: [],
  roles: [],
  nesting: new Map(),
};

/**
 * Merges metadata files and records into one model. Sets and rules add up: a record of a file's name
 * adds to it and can't take away. A role's place in the hierarchy is the file's where both name it.
 */
export function buildModel(
  snapshot: MetadataSnapshot,
  tenantId: string | null,
  records: RecordDefinitions = NO_RECORDS,
): PermissionModel {
  const faults: string[] = [];
  const fault = (message: string) => void faults.push(message);
  const fromFiles: SetScope = { objects: snapshot.objects, source: 'file', fault };
  const fromRecords: SetScope = { ...fromFiles, source: 'record' };
  const values = (type: 'permission_set' | 'sharing_rule' | 'role') =>
    [...(snapshot.items.get(type)?.values() ?? [])].map((item) => item.value as unknown);

  const sets = new Map<string, SetModel[]>();
  const addSet = (set: SetModel) => sets.set(set.name, [...(sets.get(set.name) ?? []), set]);
  for (const definition of values('permission_set') as PermissionSetDefinition[]) {
    addSet(compileSet(definition, fromFiles));
  }
  for (const definition of records.sets) addSet(compileSet(definition, fromRecords));

  const rules = new Map<string, RuleModel[]>();
  const addRule = (rule: RuleModel | undefined) => {
    if (rule !== undefined) rules.set(rule.object, [...(rules.get(rule.object) ?? []), rule]);
  };
  for (const definition of values('sharing_rule') as SharingRuleDefinition[]) {
    addRule(compileRule(definition, fromFiles));
  }
  for (const definition of records.rules) addRule(compileRule(definition, fromRecords));

  return {
    tenantId,
    metadataVersion: snapshot.version,
    objects: snapshot.objects,
    sets,
    roles: buildRoleTree([...(values('role') as RoleEntry[]), ...records.roles]),
    rules,
    nesting: records.nesting,
    userFields: userFieldsOf([...sets.values()].flat(), [...rules.values()].flat()),
    faults,
  };
}

function userFieldsOf(sets: readonly SetModel[], rules: readonly RuleModel[]): Set<string> {
  const names = new Set<string>();
  const add = (predicate: Predicate | undefined) =>
    predicate?.userFields.forEach((name) => names.add(name));
  for (const set of sets) {
    for (const policy of [...set.policies.values()].flat()) {
      add(policy.using);
      add(policy.check);
    }
  }
  for (const { opens } of rules) if (opens.by === 'criteria') add(opens.condition);
  return names;
}

import type { PermissionSetDefinition, RowPolicyDefinition } from '@objectos/spec/metadata';
import { compilePolicyFormula } from '../policy/formula.js';
import type { Predicate } from '../policy/bindings.js';
import type { Objects, PolicyScope } from '../policy/fields.js';
import { compilePolicyStructure } from '../policy/structure.js';
import { granteeKey } from './keys.js';
import type { FieldRights, PolicyModel, PolicyOperation, SetModel } from './types.js';

const ALL: readonly PolicyOperation[] = ['select', 'insert', 'update', 'delete'];

/** A condition as metadata writes it: a formula, or a filter structure. */
export type ConditionSource = NonNullable<RowPolicyDefinition['using']>;

/** What compiling a set needs beside its definition. */
export interface SetScope {
  readonly objects: Objects;
  readonly source: SetModel['source'];
  /** Told of each part that can't be used; such a part opens nothing. */
  readonly fault: (message: string) => void;
}

/** A predicate that no row fulfils: what a policy that can't be understood amounts to. */
const NEVER: Predicate = {
  bind: () => ({ op: 'or', args: [] }),
  volatile: false,
  userFields: new Set(),
};

/** Compiles a condition. @throws `PolicyProblem` and what the formula compiler throws */
export function compileCondition(source: ConditionSource, scope: PolicyScope): Predicate {
  return typeof source === 'string'
    ? compilePolicyFormula(source, scope)
    : compilePolicyStructure(source, scope);
}

/** Compiles a permission set. */
export function compileSet(definition: PermissionSetDefinition, scope: SetScope): SetModel {
  const { name, label, isProfile = false } = definition;
  const policies = new Map<string, PolicyModel[]>();
  for (const policy of definition.rowLevelSecurity ?? []) {
    if (policy.enabled === false) continue;
    const list = policies.get(policy.object) ?? [];
    list.push(compilePolicy(name, policy, scope));
    policies.set(policy.object, list);
  }
  return {
    name,
    label: label ?? name,
    source: scope.source,
    isProfile,
    objects: new Map(Object.entries(definition.objects ?? {})),
    fields: new Map(
      Object.entries(definition.fields ?? {}).map(([key, field]) => [key, fieldRights(field)]),
    ),
    policies,
    systemPermissions: new Set(definition.systemPermissions ?? []),
    assignedTo: new Set((definition.assignedTo ?? []).map((holder) => granteeKey(holder))),
  };
}

/** An entry makes a field readable unless it says otherwise; what is editable is readable too. */
function fieldRights(field: {
  readable?: boolean | undefined;
  editable?: boolean | undefined;
}): FieldRights {
  const editable = field.editable === true;
  return { readable: editable || field.readable !== false, editable };
}

function compilePolicy(set: string, policy: RowPolicyDefinition, scope: SetScope): PolicyModel {
  const compiled = (source: ConditionSource | undefined): Predicate | undefined => {
    if (source === undefined) return undefined;
    const meta = scope.objects.get(policy.object);
    try {
      if (meta !== undefined) return compileCondition(source, { meta, objects: scope.objects });
    } catch (error) {
      scope.fault(`policy "${policy.name}" of set "${set}": ${(error as Error).message}`);
      return NEVER;
    }
    scope.fault(`policy "${policy.name}" of set "${set}": there is no object "${policy.object}"`);
    return NEVER;
  };
  const using = compiled(policy.using);
  return {
    name: policy.name,
    operations: new Set(policy.operation === 'all' ? ALL : [policy.operation]),
    using,
    check: policy.check === undefined ? using : compiled(policy.check),
    roles: policy.roles === undefined ? undefined : new Set(policy.roles),
  };
}

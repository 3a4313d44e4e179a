import type { SharingRuleDefinition } from '@objectos/spec/metadata';
import { compileCondition, type SetScope } from './compile-set.js';
import { granteeKey } from './keys.js';
import type { RuleModel } from './types.js';

/** Compiles a sharing rule; `undefined` when it is switched off or can't be used. */
export function compileRule(
  definition: SharingRuleDefinition,
  scope: SetScope,
): RuleModel | undefined {
  if (definition.active === false) return undefined;
  const { name, object, accessLevel } = definition;
  const common = {
    name,
    source: scope.source,
    object,
    accessLevel,
    sharedWith: granteeKey(definition.sharedWith),
  };
  if (definition.type === 'owner') {
    return { ...common, opens: { by: 'owner', owner: definition.ownedBy } };
  }
  const meta = scope.objects.get(object);
  try {
    if (meta === undefined) throw new Error(`there is no object "${object}"`);
    const condition = compileCondition(definition.condition, { meta, objects: scope.objects });
    return { ...common, opens: { by: 'criteria', condition } };
  } catch (error) {
    scope.fault(`sharing rule "${name}": ${(error as Error).message}`);
    return undefined;
  }
}

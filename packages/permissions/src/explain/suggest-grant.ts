import { RIGHT_NAMES, grants as setGrants, rightsOf } from '../compile/object-rights.js';
import type { SetModel } from '../model/types.js';
import type { Question } from './explain.js';
import type { Layer, SuggestedGrant } from './types.js';

/**
 * The smallest grant that would give the access: one record before one right, a right in a held set
 * before another set, and of sets the one that grants least.
 */
export function suggestGrant(
  { model, grants, object, operation, recordId, record }: Question,
  layers: readonly Layer[],
): SuggestedGrant | undefined {
  const failed = (name: Layer['layer']) =>
    layers.some((layer) => layer.layer === name && !layer.passed);
  if (failed('tenant') || !model.objects.has(object)) return undefined;
  if (failed('object')) {
    const right = RIGHT_NAMES[operation];
    const granting = [...model.sets.values()]
      .flat()
      .filter((set) => setGrants(set, object, operation) && setGrants(set, object, 'read'))
      .sort((left, right) => breadth(left) - breadth(right));
    const [narrowest] = granting;
    const held = grants.sets.find((set) => rightsOf(set, object) !== undefined);
    if (held !== undefined) {
      return {
        kind: 'extend_set',
        set: held.name,
        right,
        text: `Add ${right} on "${object}" to the set "${held.name}", which ${grants.userId} holds.`,
      };
    }
    if (narrowest === undefined) return undefined;
    return {
      kind: 'assign_set',
      set: narrowest.name,
      right,
      text: `Assign the set "${narrowest.name}" to user:${grants.userId}.`,
    };
  }
  if (failed('records') && record !== undefined && recordId !== null) {
    const level = operation === 'read' || operation === 'export' ? 'read' : 'edit';
    if (operation === 'read' || operation === 'update' || operation === 'export') {
      return {
        kind: 'share_record',
        text: `Share ${object} ${recordId} with user:${grants.userId} for ${level}.`,
      };
    }
    return {
      kind: 'change_record',
      text: `Make ${grants.userId}, or a holder of a role below theirs, the owner of the record.`,
    };
  }
  if (!failed('policies')) return undefined;
  return {
    kind: 'change_record',
    text: 'Change the record so that one of the policies holds, or assign a set without a policy.',
  };
}

/** How much a set grants, to find the one that grants least. */
function breadth(set: SetModel): number {
  const wildcard = set.objects.has('*') ? 1_000 : 0;
  const rights = [...set.objects.values()].flatMap((object) => Object.values(object));
  return (
    wildcard + rights.filter((right) => right === true).length + set.systemPermissions.size * 10
  );
}

import type { MetadataProblem } from '@objectql/core';

type Position = MetadataProblem['position'];

/** Roles that stand above themselves. */
export function roleCycle(path: readonly string[], position: Position): MetadataProblem {
  return {
    code: 'role_cycle',
    message: `The roles form a circle: ${path.join(' -> ')}.`,
    hint: 'Remove the parent of one of them.',
    position,
  };
}

/** A condition of a policy or sharing rule that can't be asked of the database. */
export function policyInvalid(
  what: string,
  { reason, hint }: { readonly reason: string; readonly hint: string },
  position: Position,
): MetadataProblem {
  return {
    code: 'policy_invalid',
    message: `The ${what} can't be used: ${reason}.`,
    hint,
    position,
  };
}

/** An object whose records are to follow a master that it does not have. */
export function sharingWithoutParent(object: string, position: Position): MetadataProblem {
  return {
    code: 'sharing_without_parent',
    message: `The records of "${object}" are to follow their master, and it has no master-detail field.`,
    hint: 'Add a master_detail field, or choose another sharingModel.',
    position,
  };
}

/** A rule for records that are as open as their master, whatever the rule says. */
export function sharingRuleUseless(
  rule: string,
  object: string,
  position: Position,
): MetadataProblem {
  return {
    code: 'sharing_rule_useless',
    message: `The sharing rule "${rule}" opens nothing: the records of "${object}" follow their master.`,
    hint: 'Share the master instead.',
    position,
  };
}

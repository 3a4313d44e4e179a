import { isObjectOSError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { CheckedMetadata, MetadataProblem, Merged, ObjectMeta } from '@objectql/core';
import { compileCondition, type ConditionSource } from '../model/compile-set.js';
import { BUILT_IN_USER_FIELDS } from '../policy/bindings.js';
import { policyInvalid } from './problems.js';
import { PolicyProblem } from '../policy/fields.js';

/** A condition as it was written, and what it belongs to. */
export interface WrittenCondition {
  readonly source: ConditionSource;
  readonly meta: ObjectMeta;
  readonly item: Merged;
  readonly path: readonly (string | number)[];
  /** For people: `policy "own"`. */
  readonly what: string;
}

/** Compiles a condition as it will be compiled, and checks what it reads of the user. */
export function checkCondition(
  { source, meta, item, path, what }: WrittenCondition,
  { objects }: CheckedMetadata,
): MetadataProblem[] {
  const position = item.locate(path, 'value');
  try {
    const { userFields } = compileCondition(source, { meta, objects });
    const user = objects.get('user');
    const known = [...BUILT_IN_USER_FIELDS, ...(user?.visible ?? [])];
    return [...userFields]
      .filter((name) => !known.includes(name))
      .map((name) => {
        const suggestion = suggest(name, known);
        const hint =
          suggestion === undefined
            ? `Known are ${known.join(', ')}.`
            : `Did you mean "${suggestion}"?`;
        const reason = `nothing is known of the user as "${name}"`;
        return policyInvalid(what, { reason, hint }, position);
      });
  } catch (error) {
    return [policyInvalid(what, reasonOf(error), position)];
  }
}

function reasonOf(error: unknown): { reason: string; hint: string } {
  if (error instanceof PolicyProblem) return { reason: error.message, hint: error.hint };
  if (isObjectOSError(error)) {
    return { reason: error.message.replace(/\.$/, ''), hint: error.hint };
  }
  throw error;
}

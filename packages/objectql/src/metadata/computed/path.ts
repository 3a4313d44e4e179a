import { FORMULA_LIMITS } from '@objectos/formula';
import { targetOf } from '../compile/relations.js';
import type { FieldMeta, FormulaRead, FormulaStep, ObjectMeta } from '../compiled.js';

/** A path of a formula, followed to the field at its end. */
export interface ResolvedPath {
  readonly read: FormulaRead;
  readonly field: FieldMeta;
}

/**
 * Follows a path over to-one relations. Nothing for a path that leads nowhere, to a sealed field,
 * through a list of records, or too far.
 */
export function resolvePath(
  objects: ReadonlyMap<string, ObjectMeta>,
  start: ObjectMeta,
  path: readonly string[],
): ResolvedPath | undefined {
  const names = path.slice(0, -1);
  if (names.length > FORMULA_LIMITS.hops) return undefined;
  const steps: FormulaStep[] = [];
  let current = start;
  for (const name of names) {
    const relation = current.fields.get(name);
    const target =
      relation === undefined ? undefined : objects.get(targetOf(relation, objects) ?? '');
    if (relation === undefined || target === undefined || relation.multiple) return undefined;
    steps.push({ object: current.name, field: name, target: target.name });
    current = target;
  }
  const field = current.fields.get(path.at(-1) ?? '');
  if (field === undefined || current.sealed.has(field.name)) return undefined;
  return { field, read: { path, steps, object: current.name, field: field.name } };
}

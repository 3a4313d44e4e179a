import type { ValidationDefinition, ValidationFileDefinition } from '@objectos/spec/metadata';
import { suggest } from '@objectos/spec/metadata';
import type { MetadataProblem } from '../compiled.js';
import type { Merge, Merged } from '../layers/merge.js';
import { formatPosition, problem } from '../problems.js';
import type { Locate } from '../source/types.js';

/** Where a rule stands: in its object's file, or in one of its own. */
export interface PlacedRule {
  readonly rule: ValidationDefinition;
  readonly locate: Locate;
}

/** Rules of `*.validation.yml` files, by the object they belong to. */
export function placeRules(
  { items, broken }: Pick<Merge, 'items' | 'broken'>,
  problems: MetadataProblem[],
): Map<string, PlacedRule[]> {
  const objects = items.get('object') ?? new Map<string, Merged>();
  const placed = new Map<string, PlacedRule[]>();
  for (const item of items.get('validation')?.values() ?? []) {
    const { object, ...rule } = item.value as unknown as ValidationFileDefinition;
    if (broken.get('object')?.has(object) === true) continue;
    if (!objects.has(object)) {
      const suggestion = suggest(object, objects.keys());
      const params = { owner: `Rule "${item.name}"`, name: object, suggestion };
      problems.push(problem('reference_unknown', params, item.locate(['object'], 'value')));
      continue;
    }
    const list = placed.get(object) ?? [];
    list.push({ rule, locate: item.locate });
    placed.set(object, list);
  }
  return placed;
}

/** All rules of an object with their places; a name that occurs twice is a problem. */
export function rulesOf(
  item: Merged,
  fromFiles: readonly PlacedRule[],
  problems: MetadataProblem[],
): PlacedRule[] {
  const inFile = (item.value['validations'] as readonly ValidationDefinition[] | undefined) ?? [];
  const own = inFile.map((rule, at): PlacedRule => {
    const locate: Locate = (path, part) => item.locate(['validations', at, ...path], part);
    return { rule, locate };
  });
  const all = [...own, ...fromFiles];
  const seen = new Map<string, PlacedRule>();
  for (const placed of all) {
    const { name } = placed.rule;
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, placed);
      continue;
    }
    const params = { object: item.name, name, other: formatPosition(first.locate(['name'])) };
    problems.push(problem('duplicate_rule', params, placed.locate(['name'], 'value')));
  }
  return all;
}

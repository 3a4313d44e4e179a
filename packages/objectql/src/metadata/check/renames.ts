import type { MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { KeyPath } from '../source/types.js';

/** A former name, and where it is written. */
interface FormerName {
  readonly owner: string;
  readonly name: string;
  readonly at: KeyPath;
  readonly item: Merged;
}

/**
 * Checks `renamedFrom`: a former name is nobody's name any more, and only one thing had it. Otherwise
 * it would be open whose values they are.
 */
export function checkRenames(
  objects: ReadonlyMap<string, ObjectMeta>,
  items: ReadonlyMap<string, Merged>,
): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const ofObjects: FormerName[] = [];
  for (const meta of objects.values()) {
    const item = items.get(meta.name);
    if (item === undefined) continue;
    const { renamedFrom } = meta.definition;
    ofObjects.push(...formerNames(renamedFrom, { owner: meta.name, at: ['renamedFrom'], item }));
    const ofFields = [...meta.fields.values()].flatMap((field) =>
      formerNames(field.definition.renamedFrom, {
        owner: `${meta.name}.${field.name}`,
        at: ['fields', field.name, 'renamedFrom'],
        item,
      }),
    );
    problems.push(...checkNames(ofFields, (name) => meta.fields.has(name)));
  }
  problems.push(...checkNames(ofObjects, (name) => objects.has(name)));
  return problems;
}

function formerNames(
  names: string | readonly string[] | undefined,
  place: Omit<FormerName, 'name'>,
): FormerName[] {
  if (names === undefined) return [];
  return (typeof names === 'string' ? [names] : names).map((name) => ({ ...place, name }));
}

function checkNames(
  names: readonly FormerName[],
  exists: (name: string) => boolean,
): MetadataProblem[] {
  const claimed = new Map<string, string>();
  return names.flatMap(({ owner, name, at, item }) => {
    const other = claimed.get(name);
    claimed.set(name, owner);
    const position = () => item.locate(at, 'value');
    if (exists(name)) return [problem('former_name_exists', { owner, name }, position())];
    if (other === undefined) return [];
    return [problem('former_name_twice', { owner, name, other }, position())];
  });
}

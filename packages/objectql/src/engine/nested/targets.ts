import type { RecordData } from '@objectos/spec/contracts';
import type { MetadataSnapshot } from '../../metadata/compiled.js';
import { isNested, isRecord, listOf, TIES, verbsOf } from './parse.js';

/** What a write does to an object besides the one that it names. */
export interface NestedTarget {
  readonly object: string;
  readonly method: 'create' | 'update' | 'delete';
}

/**
 * The objects that nested data would write, with what is done to them: for surfaces that offer some
 * objects only. Shapes are not checked here.
 */
export function nestedTargets(
  snapshot: MetadataSnapshot,
  object: string,
  data: RecordData,
): NestedTarget[] {
  const meta = snapshot.objects.get(object);
  if (meta === undefined) return [];
  return Object.entries(data).flatMap(([name, value]): NestedTarget[] => {
    const relation = isNested(meta, name, value) ? meta.related.get(name) : undefined;
    if (relation === undefined || relation.kind === 'any') return [];
    const verbs = verbsOf(value);
    const records = listOf(verbs['create']).filter(isRecord);
    const found: NestedTarget[] = records.flatMap((each): NestedTarget[] => [
      { object: relation.object, method: 'create' },
      ...nestedTargets(snapshot, relation.object, each),
    ]);
    const ties = TIES.some((verb) => verbs[verb] !== undefined);
    if (ties && relation.kind === 'children') {
      found.push({ object: relation.object, method: 'update' });
    }
    if (relation.kind === 'through') found.push(...linkTargets(relation.through, verbs));
    return found;
  });
}

function linkTargets(object: string, verbs: Readonly<Record<string, unknown>>): NestedTarget[] {
  const asks = (...names: readonly string[]) => names.some((name) => verbs[name] !== undefined);
  return [
    ...(asks('create', 'connect', 'set') ? [{ object, method: 'create' } as const] : []),
    ...(asks('disconnect', 'set') ? [{ object, method: 'delete' } as const] : []),
  ];
}

import type { IncomingRelation, ObjectMeta, RelationMeta } from '../compiled.js';

/**
 * The relations of an object by the names that queries use: those that its fields make under the
 * names of the fields, the records that point here under the name of their object, or as
 * `contact.account` where several of its fields do.
 */
export function relationsOf(object: ObjectMeta): ReadonlyMap<string, RelationMeta> {
  const related = new Map<string, RelationMeta>();
  for (const field of object.relations) {
    const { name, reference, multiple } = field;
    if (reference === undefined) continue;
    related.set(name, { kind: multiple ? 'list' : 'one', name, object: reference, field });
  }
  // A list of ids is no column that rows can be found by.
  const incoming = object.incoming.filter((via) => !via.multiple);
  for (const via of incoming) {
    for (const name of namesOf(incoming, via)) {
      if (!related.has(name)) {
        related.set(name, { kind: 'children', name, object: via.object, via: via.field });
      }
    }
  }
  return related;
}

function namesOf(incoming: readonly IncomingRelation[], via: IncomingRelation): string[] {
  const siblings = incoming.filter((other) => other.object === via.object);
  const qualified = `${via.object}.${via.field}`;
  return siblings.length === 1 ? [via.object, qualified] : [qualified];
}

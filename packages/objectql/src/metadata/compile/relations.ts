import type { FieldMeta, IncomingRelation, ObjectMeta, RelationMeta } from '../compiled.js';
import { linksOf } from './links.js';

/** Gives every object the relations that point to it, and the names of all it is related to. */
export function linkObjects(objects: readonly ObjectMeta[]): Map<string, ObjectMeta> {
  const incoming = new Map<string, IncomingRelation[]>();
  for (const object of objects) {
    for (const field of [...object.relations, ...object.polymorphic]) {
      for (const [target, relation] of incomingOf(object, field)) {
        incoming.set(target, [...(incoming.get(target) ?? []), relation]);
      }
    }
  }
  const linked = objects.map((object) => ({
    ...object,
    incoming: incoming.get(object.name) ?? [],
  }));
  const links = linksOf(linked);
  const people = objects.some(({ name }) => name === USER) ? PEOPLE : [];
  return new Map(
    linked.map((object) => {
      const related = relationsOf(object, links.get(object.name) ?? [], people);
      return [object.name, { ...object, related }];
    }),
  );
}

const USER = 'user';

/** System fields that name users, where users are records. Nothing is done to them when a user goes. */
const PEOPLE: readonly string[] = ['owner_id', 'created_by', 'updated_by'];

/** The object that the field of a record leads to; the system's own fields lead to users. */
export function targetOf(
  { name, system, reference }: FieldMeta,
  objects: Pick<ReadonlySet<string>, 'has'>,
): string | undefined {
  return system && PEOPLE.includes(name) && objects.has(USER) ? USER : reference;
}

/** How a field looks from the objects that it may point to. */
function incomingOf(object: ObjectMeta, field: FieldMeta): [string, IncomingRelation][] {
  const { reference, polymorphic, multiple, deleteBehavior = 'set_null', definition } = field;
  const inverse = 'inverse' in definition ? definition.inverse : undefined;
  const relation = { object: object.name, field: field.name, inverse, multiple, deleteBehavior };
  if (polymorphic === undefined) return reference === undefined ? [] : [[reference, relation]];
  return [...polymorphic.objects].map((target) => [
    target,
    { ...relation, only: { field: polymorphic.objectField, value: target } },
  ]);
}

/**
 * The relations of an object by the names that queries use: those that its fields make under the
 * names of the fields; the records that point here under the `inverse` that their field gives, under
 * the name of their object where only one of its fields points here, or as `contact.account`.
 */
function relationsOf(
  object: ObjectMeta,
  links: readonly RelationMeta[],
  people: readonly string[],
): ReadonlyMap<string, RelationMeta> {
  const related = new Map<string, RelationMeta>();
  const add = (relation: RelationMeta): void => {
    if (!related.has(relation.name)) related.set(relation.name, relation);
  };
  for (const field of object.relations) {
    const { name, reference, multiple } = field;
    if (reference === undefined) continue;
    add({ kind: multiple ? 'list' : 'one', name, object: reference, field });
  }
  for (const name of people) {
    const field = object.fields.get(name);
    if (field?.system === true) add({ kind: 'one', name, object: USER, field });
  }
  for (const field of object.polymorphic) {
    const { name, polymorphic } = field;
    if (polymorphic !== undefined) add({ kind: 'any', name, field, polymorphic });
  }
  links.forEach(add);
  // A list of ids is no column that rows can be found by.
  const incoming = object.incoming.filter((via) => !via.multiple);
  for (const via of incoming) {
    for (const name of namesOf(incoming, via)) {
      const { object: child, field, only } = via;
      add({ kind: 'children', name, object: child, via: field, only });
    }
  }
  return related;
}

function namesOf(incoming: readonly IncomingRelation[], via: IncomingRelation): string[] {
  const siblings = incoming.filter((other) => other.object === via.object);
  const given = via.inverse === undefined ? [] : [via.inverse];
  const qualified = `${via.object}.${via.field}`;
  return siblings.length === 1 ? [...given, via.object, qualified] : [...given, qualified];
}

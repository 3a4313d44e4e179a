import type { FieldDefinitionOf, ObjectDefinition } from '@objectos/spec/metadata';
import type { ObjectMeta, RelationMeta } from '../compiled.js';

/** A many-to-many field, as metadata declares it. */
export type LinkField = FieldDefinitionOf<'many_to_many'>;

/** Name of the object whose records are the links of a many-to-many field. */
export function throughOf(object: string, name: string, field: LinkField): string {
  return field.through ?? `${object}_${name}`;
}

/** Names of the two fields that an object of links is made with. */
export function linkFieldNames(object: string, reference: string): [near: string, far: string] {
  return object === reference ? ['source', 'target'] : [object, reference];
}

/** The many-to-many fields of a definition, by name. */
export function linkFieldsOf({ fields }: Pick<ObjectDefinition, 'fields'>): [string, LinkField][] {
  return Object.entries(fields).flatMap(([name, field]) =>
    field.type === 'many_to_many' ? [[name, field as LinkField] as [string, LinkField]] : [],
  );
}

/**
 * The definition of an object of links: two fields that own it, one link at most for a pair, and
 * the attributes of the relation.
 */
export function linkDefinition(
  object: string,
  name: string,
  field: LinkField,
): Pick<ObjectDefinition, 'name' | 'label' | 'pluralLabel' | 'fields' | 'indexes'> {
  const [near, far] = linkFieldNames(object, field.reference);
  const label = field.label ?? name;
  return {
    name: throughOf(object, name, field),
    label: `${label} (link)`,
    pluralLabel: `${label} (links)`,
    fields: {
      [near]: { type: 'master_detail', reference: object },
      [far]: { type: 'master_detail', reference: field.reference },
      ...field.attributes,
    },
    indexes: [{ fields: [near, far], unique: true }, { fields: [far] }],
  };
}

/** The relations that many-to-many fields make, at both of their ends, by object. */
export function linksOf(objects: readonly ObjectMeta[]): ReadonlyMap<string, RelationMeta[]> {
  const byName = new Map(objects.map((object) => [object.name, object]));
  const links = new Map<string, RelationMeta[]>();
  const add = (object: string, relation: RelationMeta): void => {
    links.set(object, [...(links.get(object) ?? []), relation]);
  };
  for (const object of objects) {
    for (const [name, field] of linkFieldsOf(object.definition)) {
      const through = throughOf(object.name, name, field);
      const ends = endsOf(byName.get(through), object.name, field.reference);
      if (ends === undefined) continue;
      const [near, far] = ends;
      const { reference, inverse } = field;
      add(object.name, { kind: 'through', name, object: reference, through, near, far });
      if (inverse === undefined) continue;
      const back = { near: far, far: near, through, object: object.name };
      add(reference, { kind: 'through', name: inverse, ...back });
    }
  }
  return links;
}

/** The fields of an object of links that point to both ends; nothing where that is not plain. */
export function endsOf(
  through: ObjectMeta | undefined,
  object: string,
  reference: string,
): [near: string, far: string] | undefined {
  if (through === undefined) return undefined;
  const pointing = (target: string) =>
    through.relations.filter((field) => field.reference === target && !field.multiple);
  if (object === reference) {
    const both = pointing(object);
    const [near, far] = linkFieldNames(object, reference);
    const names = new Set(both.map((field) => field.name));
    return names.has(near) && names.has(far) ? [near, far] : undefined;
  }
  const [near, ...otherNear] = pointing(object);
  const [far, ...otherFar] = pointing(reference);
  if (near === undefined || far === undefined) return undefined;
  return otherNear.length + otherFar.length === 0 ? [near.name, far.name] : undefined;
}

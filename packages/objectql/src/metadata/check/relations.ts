import { suggest } from '@objectos/spec/metadata';
import { endsOf, linkFieldsOf, throughOf, type LinkField } from '../compile/links.js';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { KeyPath } from '../source/types.js';

/** What checking the relations of all objects needs. */
export interface RelationCheck {
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  /** What was written; objects that were made are not among it. */
  readonly items: ReadonlyMap<string, Merged>;
  /** Every object that was written, valid or not. */
  readonly names: ReadonlySet<string>;
  readonly problems: MetadataProblem[];
}

/** Checks what fields say about their relations to other objects, names on the other side included. */
export function checkRelations(check: RelationCheck): void {
  const taken = new Map<string, string>();
  for (const item of check.items.values()) {
    const meta = check.objects.get(item.name);
    if (meta === undefined) continue;
    for (const field of meta.fields.values()) {
      checkPolymorphic(check, { meta, item, field });
      checkInverse(check, { meta, item, field }, taken);
    }
    for (const [name, field] of linkFieldsOf(meta.definition)) {
      checkLinks(check, { meta, item, name, field });
    }
  }
}

interface Placed {
  readonly meta: ObjectMeta;
  readonly item: Merged;
}

function checkPolymorphic(
  { names, problems }: RelationCheck,
  { meta, item, field }: Placed & { readonly field: FieldMeta },
): void {
  const { polymorphic, name } = field;
  if (polymorphic === undefined) return;
  const owner = `${meta.name}.${name}`;
  [...polymorphic.objects].forEach((target, at) => {
    if (names.has(target)) return;
    const params = { owner, name: target, suggestion: suggest(target, names) };
    const position = item.locate(['fields', name, 'reference', at], 'value');
    problems.push(problem('reference_unknown', params, position));
  });
  if (polymorphic.objectField in meta.definition.fields) {
    const params = { owner, object: meta.name, name: polymorphic.objectField };
    problems.push(problem('relation_name_taken', params, item.locate(['fields', name])));
  }
}

/** An inverse name stands beside the fields of the other object, and beside other inverse names. */
function checkInverse(
  { objects, problems }: RelationCheck,
  { meta, item, field }: Placed & { readonly field: FieldMeta },
  taken: Map<string, string>,
): void {
  const { definition, name } = field;
  if (!('inverse' in definition) || definition.inverse === undefined) return;
  const { inverse } = definition;
  const owner = `${meta.name}.${name}`;
  const path: KeyPath = ['fields', name, 'inverse'];
  if (field.multiple) {
    problems.push(problem('inverse_of_list', { owner }, item.locate(path)));
    return;
  }
  for (const object of targetsOf(field)) {
    const place = `${object}.${inverse}`;
    const other = taken.get(place);
    if (objects.get(object)?.fields.has(inverse) === true || other !== undefined) {
      const params = { owner, object, name: inverse };
      problems.push(problem('relation_name_taken', params, item.locate(path, 'value')));
    }
    taken.set(place, owner);
  }
}

function targetsOf({ reference, polymorphic, definition }: FieldMeta): readonly string[] {
  if (polymorphic !== undefined) return [...polymorphic.objects];
  if (definition.type === 'many_to_many') return [definition.reference];
  return reference === undefined ? [] : [reference];
}

function checkLinks(
  { objects, items, names, problems }: RelationCheck,
  { meta, item, name, field }: Placed & { readonly name: string; readonly field: LinkField },
): void {
  const owner = `${meta.name}.${name}`;
  const { reference } = field;
  if (!names.has(reference)) {
    const params = { owner, name: reference, suggestion: suggest(reference, names) };
    const position = item.locate(['fields', name, 'reference'], 'value');
    problems.push(problem('reference_unknown', params, position));
    return;
  }
  const through = throughOf(meta.name, name, field);
  if (items.has(through) && field.attributes !== undefined) {
    const position = item.locate(['fields', name, 'attributes']);
    problems.push(problem('link_attributes', { owner, through }, position));
  }
  const known = objects.get(through);
  if (known === undefined || endsOf(known, meta.name, reference) !== undefined) return;
  const params = { owner, through, object: meta.name, reference };
  problems.push(problem('link_object', params, item.locate(['fields', name])));
}

import type { MetadataCheck } from '../metadata/check/contributed.js';
import type { MetadataProblem, ObjectMeta } from '../metadata/compiled.js';

/**
 * What no schema can hold: a record of the installation is one for all organizations, so it can point
 * to no record of theirs, and count none; nor can one of theirs be a part of it.
 */
export const tenantSchemaCheck: MetadataCheck = ({ items, objects }) =>
  [...objects.values()].flatMap((meta) => {
    const locate = (field: string) =>
      items.get('object')?.get(meta.name)?.locate(['fields', field]) ?? meta.position;
    return [...meta.fields.values()].flatMap((field): MetadataProblem[] => {
      const crossing = crossingOf(meta, field, objects);
      if (crossing === undefined) return [];
      const path = `${meta.name}.${field.name}`;
      return [{ ...textsOf(path, crossing), position: locate(field.name) }];
    });
  });

type Field = ObjectMeta['relations'][number];

interface Crossing {
  readonly other: string;
  readonly kind: 'part' | 'points';
}

function textsOf(path: string, { other, kind }: Crossing): Omit<MetadataProblem, 'position'> {
  const code = 'tenant_schema_crossed';
  if (kind === 'part') {
    const message = `"${path}" makes records of organizations part of "${other}", which is one for the whole installation.`;
    return { code, message, hint: 'Make it a lookup, or isolate organizations by rows.' };
  }
  const message = `"${path}" leads from the whole installation to "${other}", of which each organization has its own.`;
  const hint =
    'Let records of organizations point the other way, or isolate organizations by rows.';
  return { code, message, hint };
}

function crossingOf(
  { table }: ObjectMeta,
  { type, reference, summary, polymorphic, definition }: Field,
  objects: ReadonlyMap<string, ObjectMeta>,
): Crossing | undefined {
  const isTenant = (name: string) => objects.get(name)?.table.tenant === true;
  if (table.tenant === true) {
    const master = type === 'master_detail' ? reference : undefined;
    const isPart = master !== undefined && objects.has(master) && !isTenant(master);
    return isPart ? { other: master, kind: 'part' } : undefined;
  }
  const through = 'through' in definition ? definition.through : undefined;
  const named = [reference, summary?.child, through, ...(polymorphic?.objects ?? [])];
  const other = named.find((name) => name !== undefined && isTenant(name));
  return other === undefined ? undefined : { other, kind: 'points' };
}

import type { ObjectMeta } from '@objectql/core';
import { describeField } from './describe-field.js';

/** Keys of a definition that never mention a field the reader may not know. */
const SAFE_KEYS = ['name', 'label', 'pluralLabel', 'description', 'icon', 'enable'] as const;

/** The definition of an object as a reader may know it, system fields included. */
export function describeObject(
  meta: ObjectMeta,
  readable: ReadonlySet<string>,
): Record<string, unknown> {
  const visible = meta.visible.filter((name) => readable.has(name));
  const restricted = visible.length < meta.visible.length;
  const fields: Record<string, unknown> = {};
  for (const name of visible) {
    const field = meta.fields.get(name);
    if (field !== undefined) fields[name] = describeField(field, { restricted });
  }
  return {
    ...(restricted ? safePart(meta) : meta.definition),
    name: meta.name,
    label: meta.label,
    pluralLabel: meta.pluralLabel,
    ...(readable.has(meta.nameField) ? { nameField: meta.nameField } : {}),
    fields,
  };
}

function safePart({ definition }: ObjectMeta): Record<string, unknown> {
  const part: Record<string, unknown> = {};
  for (const key of SAFE_KEYS) if (definition[key] !== undefined) part[key] = definition[key];
  return part;
}

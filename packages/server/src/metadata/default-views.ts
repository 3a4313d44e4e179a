import type { FieldMeta, ObjectMeta } from '@objectql/core';

const MAX_COLUMNS = 8;

/** Too long or too shapeless for a cell. */
const NOT_A_COLUMN: ReadonlySet<string> = new Set([
  ...['textarea', 'markdown', 'html', 'richtext', 'code', 'json', 'signature', 'vector'],
  ...['password', 'secret', 'image', 'file', 'avatar', 'video', 'audio'],
]);

/** The list view of an object that declares none. */
export function defaultListView(meta: ObjectMeta, readable: ReadonlySet<string>) {
  const shown = declaredFields(meta, readable);
  const compact = (meta.definition.compactLayout ?? []).filter((name) => readable.has(name));
  const columns =
    compact.length > 0
      ? compact
      : shown.filter((field) => !NOT_A_COLUMN.has(field.type)).map((field) => field.name);
  return {
    name: 'list',
    label: meta.pluralLabel,
    type: 'grid',
    data: { provider: 'object', object: meta.name },
    columns: columns.slice(0, MAX_COLUMNS),
    sort: readable.has(meta.nameField) ? [{ field: meta.nameField, order: 'asc' }] : [],
    pagination: { pageSize: 25 },
  };
}

/** The form of an object that declares none: everything a person may fill in. */
export function defaultFormView(meta: ObjectMeta, readable: ReadonlySet<string>) {
  const fields = declaredFields(meta, readable)
    .filter((field) => !field.readOnly)
    .map((field) => field.name);
  return {
    name: 'form',
    label: meta.label,
    type: 'simple',
    data: { provider: 'object', object: meta.name },
    sections: [{ label: meta.label, columns: 2, fields }],
  };
}

function declaredFields(meta: ObjectMeta, readable: ReadonlySet<string>): FieldMeta[] {
  return [...meta.fields.values()].filter(
    (field) => !field.system && field.definition.hidden !== true && readable.has(field.name),
  );
}

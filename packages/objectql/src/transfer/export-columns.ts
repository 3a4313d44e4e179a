import { createError } from '@objectos/spec/errors';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { labelOf } from './columns.js';
import { LIST_SEPARATOR } from './convert.js';
import { escapeFormula } from './csv-write.js';

/** A column of an export. */
export interface ExportColumn {
  /** Path of the field. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  readonly value: (record: Record<string, unknown>) => unknown;
  /** The text of a value in a CSV. */
  readonly cell: (value: unknown) => string;
}

/** The columns of an export, with what each needs to write its cells. */
export function planExport(
  snapshot: MetadataSnapshot,
  {
    object,
    columns,
  }: { readonly object: string; readonly columns?: readonly string[] | undefined },
  readable: ReadonlySet<string>,
): ExportColumn[] {
  const meta = snapshot.objects.get(object);
  if (meta === undefined) throw createError('object_not_found', { object });
  const names = columns ?? [...readable];
  return names.map((name) => planColumn(snapshot, meta, name));
}

/** What may be read is for the engine, which gets the same names; here they only get their form. */
function planColumn(snapshot: MetadataSnapshot, meta: ObjectMeta, name: string): ExportColumn {
  const path = name.split('.');
  const fields: FieldMeta[] = [];
  let at: ObjectMeta | undefined = meta;
  for (const step of path) {
    const field: FieldMeta | undefined = at?.fields.get(step);
    if (field === undefined) break;
    fields.push(field);
    at = field.reference === undefined ? undefined : snapshot.objects.get(field.reference);
  }
  const field = fields.length === path.length ? fields.at(-1) : undefined;
  return {
    name,
    label: field === undefined ? name : fields.map(labelOf).join(' '),
    value: (record) => valueAt(record, path),
    cell: (value) => cellText(value, field),
  };
}

/** A related record stands in its relation; where the relation itself is asked for, its id does. */
function valueAt(record: Record<string, unknown>, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Record<string, unknown>)[step];
  }
  if (path.length === 1 && isRecord(value) && 'id' in value) return value['id'];
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text may be a formula; numbers, dates and truth values are what they are. */
function cellText(value: unknown, field: FieldMeta | undefined): string {
  switch (typeof value) {
    case 'string':
      return isText(field) ? escapeFormula(value) : value;
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return '';
      if (Array.isArray(value) && field?.multiple === true) return listText(value);
      return escapeFormula(JSON.stringify(value));
    default:
      return '';
  }
}

function isText(field: FieldMeta | undefined): boolean {
  return field === undefined || field.column === 'text' || field.column === 'json';
}

/** Entries that hold the separator themselves make the list JSON, which is read back as well. */
function listText(entries: readonly unknown[]): string {
  const texts = entries.map(String);
  const plain = !texts.some((text) => text.includes(LIST_SEPARATOR) || text.trim() !== text);
  const joined = texts.join(LIST_SEPARATOR);
  return escapeFormula(plain && !joined.startsWith('[') ? joined : JSON.stringify(texts));
}

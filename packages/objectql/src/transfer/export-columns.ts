import { createError } from '@objectos/spec/errors';
import { fieldOfKey } from '@objectos/spec/metadata';
import { ALL_LANGUAGES } from '../engine/translation/language.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { labelOf } from './columns.js';
import { LIST_SEPARATOR } from './convert.js';
import { escapeFormula } from './csv-write.js';

/** A column of an export. */
export interface ExportColumn {
  /** Path of the field, or of one of its translations (`name:de`). */
  readonly name: string;
  /** Path of the field that is read for it. */
  readonly path: string;
  /** What people call it. */
  readonly label: string;
  readonly value: (record: Record<string, unknown>) => unknown;
  /** Why there is no such column; told after the engine has found that the field may be read. */
  readonly refused?: Error | undefined;
  /** The text of a value in a CSV. */
  readonly cell: (value: unknown) => string;
}

/** The columns of an export, and the language in which its records are read. */
export interface PlannedExport {
  readonly columns: readonly ExportColumn[];
  readonly recordLocale: string | undefined;
}

/** What is to be exported. */
export interface ExportAsked {
  readonly object: string;
  readonly columns?: readonly string[] | undefined;
  /** The language of the context; `*` means no language more than none does. */
  readonly recordLocale?: string | undefined;
}

/**
 * The columns of an export, with what each needs to write its cells. Without a language, translations
 * have columns of their own beside those of their fields.
 *
 * @throws `object_not_found`, `invalid_parameter` for columns of translations in one language
 */
export function planExport(
  snapshot: MetadataSnapshot,
  { object, columns, recordLocale }: ExportAsked,
  readable: ReadonlySet<string>,
): PlannedExport {
  const meta = snapshot.objects.get(object);
  if (meta === undefined) throw createError('object_not_found', { object });
  const one = recordLocale === ALL_LANGUAGES ? undefined : recordLocale;
  const all = (name: string) =>
    one === undefined ? [name, ...translationsOf(meta, name)] : [name];
  const names = columns ?? [...readable].flatMap(all);
  const isMixed = names.some((name) => name.includes(':'));
  if (isMixed && one !== undefined) {
    const reason = 'columns like "name:de" say the language themselves';
    throw createError('invalid_parameter', { parameter: 'locale', reason });
  }
  return {
    columns: names.map((name) => planColumn(snapshot, meta, { name, isMixed })),
    recordLocale: isMixed ? ALL_LANGUAGES : one,
  };
}

/** The columns of translations (`name:de`) beside that of a field. */
function translationsOf({ fields }: ObjectMeta, name: string): string[] {
  return [...(fields.get(name)?.translations?.keys.values() ?? [])];
}

/** What may be read is for the engine, which gets the same names; here they only get their form. */
function planColumn(
  snapshot: MetadataSnapshot,
  meta: ObjectMeta,
  { name, isMixed }: { readonly name: string; readonly isMixed: boolean },
): ExportColumn {
  const path = fieldOfKey(name);
  const steps = path.split('.');
  const fields: FieldMeta[] = [];
  let at: ObjectMeta | undefined = meta;
  for (const step of steps) {
    const field: FieldMeta | undefined = at?.fields.get(step);
    if (field === undefined) break;
    fields.push(field);
    at = field.reference === undefined ? undefined : snapshot.objects.get(field.reference);
  }
  const field = fields.length === steps.length ? fields.at(-1) : undefined;
  const label = field === undefined ? path : fields.map(labelOf).join(' ');
  const locale = name === path ? undefined : name.slice(path.length + 1);
  const languages = field?.translations;
  const isKnown = locale === undefined || languages?.locales.includes(locale) === true;
  return {
    name,
    path,
    ...(isKnown
      ? {}
      : {
          refused: createError('unknown_field', { object: meta.name, field: name.slice(0, 130) }),
        }),
    label: locale === undefined ? label : `${label} (${locale})`,
    value: (record) => {
      const value = valueAt(record, steps);
      if (!isMixed || languages === undefined || !isRecord(value)) return value;
      return value[locale ?? languages.locales[0] ?? ''] ?? null;
    },
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

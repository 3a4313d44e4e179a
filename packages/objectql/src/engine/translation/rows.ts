import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../../driver/contract.js';
import type { ObjectMeta } from '../../metadata/compiled.js';

type Translations = Record<string, unknown>;

/**
 * The row with its translations beside the fields, under names of their own (`name:de`). That is how
 * a write compares, checks and logs them, so that each is a value by itself.
 */
export function withTranslations(meta: ObjectMeta, row: Row): Row {
  if (meta.translationKeys.size === 0) return row;
  const unfolded = { ...row };
  for (const [key, { translation }] of meta.translationKeys) {
    const stored = (row[translation.column] ?? {}) as Translations;
    unfolded[key] = stored[translation.locale] ?? null;
  }
  return unfolded;
}

/** New rows as they are stored. */
export function withoutKeys(meta: ObjectMeta, rows: readonly Row[]): readonly Row[] {
  if (meta.translationKeys.size === 0) return rows;
  return rows.map((row) => Object.fromEntries(meta.stored.map((name) => [name, row[name]])));
}

/** Values as they are stored: single translations become a change of what lies in their column. */
export function foldTranslations(meta: ObjectMeta, previous: Row, values: RecordData): Row {
  if (meta.translationKeys.size === 0) return values;
  const set: Row = {};
  const columns = new Map<string, Translations>();
  for (const [name, value] of Object.entries(values)) {
    const translation = meta.translationKeys.get(name)?.translation;
    if (translation === undefined) {
      set[name] = value;
      continue;
    }
    const { column, locale } = translation;
    const stored = columns.get(column) ?? { ...((previous[column] ?? {}) as Translations) };
    columns.set(column, stored);
    if (value === null) Reflect.deleteProperty(stored, locale);
    else stored[locale] = value;
  }
  for (const [column, stored] of columns) {
    set[column] = Object.keys(stored).length === 0 ? null : stored;
  }
  return set;
}

/** What the change log tells of a whole record: what it shows, and single translations. */
export function loggedNames({ visible, translationKeys }: ObjectMeta): readonly string[] {
  return translationKeys.size === 0 ? visible : [...visible, ...translationKeys.keys()];
}

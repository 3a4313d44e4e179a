import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../../driver/contract.js';
import type { TranslatedField } from '../../metadata/compiled.js';
import type { Admission } from '../access.js';
import { ALL_LANGUAGES, type AdmittedLanguage } from './language.js';

type Translations = Readonly<Record<string, unknown>>;

const widened = new WeakMap<readonly string[], readonly string[]>();

/** The columns to read for these; the same list for the same list, so that statements are kept. */
export function withTranslationColumns(
  { meta, language }: Admission,
  columns: readonly string[],
): readonly string[] {
  if (language === undefined) return columns;
  let wide = widened.get(columns);
  if (wide === undefined) {
    const shown = meta.translated.filter(({ name }) => columns.includes(name));
    // Last, so that taking them away again leaves the shape of the records alone.
    wide = [...columns, ...shown.map(({ translations }) => translations.column)];
    widened.set(columns, wide);
  }
  return wide;
}

/** Puts records, as they were read, into the language of the admission. In place. */
export function localizeRecords(
  { meta, language }: Admission,
  records: readonly RecordData[],
): void {
  if (language === undefined) return;
  for (const record of records) {
    for (const field of meta.translated.toReversed()) {
      const { column } = field.translations;
      if (!(column in record)) continue;
      record[field.name] = valueIn(field, record, language);
      Reflect.deleteProperty(record, column);
    }
  }
}

/** Puts a record that shows a stored row into the language of the admission. In place. */
export function localizeShown({ meta, language }: Admission, record: RecordData, row: Row): void {
  if (language === undefined) return;
  for (const field of meta.translated) {
    if (field.name in record) record[field.name] = valueIn(field, row, language);
  }
}

/** The value of a row in a language, fallbacks included; in all languages a mapping without them. */
export function valueIn(
  { name, translations }: TranslatedField,
  row: Row,
  { locale, languages }: AdmittedLanguage,
): unknown {
  const stored = (row[translations.column] ?? {}) as Translations;
  const own = row[name] ?? null;
  if (locale === ALL_LANGUAGES) {
    const all: Record<string, unknown> = { [languages.default]: own };
    for (const one of languages.chains.keys()) all[one] = stored[one] ?? null;
    return all;
  }
  for (const one of languages.chains.get(locale) ?? []) {
    const value = stored[one] ?? null;
    if (value !== null) return value;
  }
  return own;
}

import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { ObjectMeta, TranslatedField } from '../../metadata/compiled.js';
import { sameValue } from '../../values/same-value.js';
import type { Admission } from '../access.js';
import { ALL_LANGUAGES, unknownLocale, type AdmittedLanguage } from './language.js';
import { valueIn } from './localize.js';

/**
 * What a client writes in a language, under the names of single translations (`name:de`). In all
 * languages, a value is a mapping by language; null empties all of them.
 *
 * @throws `record_locale_unknown`, `validation_error`
 */
export function withKeys({ meta, language }: Admission, data: RecordData): RecordData {
  if (language === undefined) return data;
  const given = meta.translated.filter(({ name }) => Object.hasOwn(data, name));
  if (given.length === 0) return data;
  const values: RecordData = {};
  const byName = new Map(given.map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(data)) {
    const field = byName.get(name);
    if (field === undefined) values[name] = value;
    else if (language.locale !== ALL_LANGUAGES) values[keyOf(field, language)] = value;
    else Object.assign(values, ofAll(meta, field, { value, language }));
  }
  return values;
}

function keyOf({ name, translations }: TranslatedField, { locale }: AdmittedLanguage): string {
  return translations.keys.get(locale) ?? name;
}

function ofAll(
  meta: ObjectMeta,
  { name, translations: { keys } }: TranslatedField,
  { value, language }: { readonly value: unknown; readonly language: AdmittedLanguage },
): RecordData {
  const { languages } = language;
  if (value === null) return Object.fromEntries([name, ...keys.values()].map((key) => [key, null]));
  if (!isMapping(value)) {
    const message = `expected values by language, like {"${languages.default}": …}`;
    const params = { object: meta.name, count: 1 };
    const fieldErrors = [{ field: name, code: 'invalid_type', message }];
    throw createError('validation_error', params, { fieldErrors });
  }
  return Object.fromEntries(
    Object.entries(value).map(([locale, one]) => {
      const key = locale === languages.default ? name : keys.get(locale);
      if (key === undefined) throw unknownLocale(locale, languages);
      return [key, one];
    }),
  );
}

/** A new record begins with what it was given: until there is a value of the default language. */
export function fillDefaultLanguage(meta: ObjectMeta, values: RecordData): void {
  for (const { name, translations } of meta.translated) {
    if ((values[name] ?? null) !== null) continue;
    const given = [...translations.keys.values()].find((key) => (values[key] ?? null) !== null);
    if (given !== undefined) values[name] = values[given];
  }
}

/**
 * Takes out what a whole record repeats of other languages: a value that the reader only saw because
 * there is no translation is no translation when it is sent back. In place.
 */
export function dropFallbacks(
  { meta, language }: Admission,
  previous: RecordData,
  values: RecordData,
): void {
  if (language === undefined || language.locale === ALL_LANGUAGES) return;
  for (const field of meta.translated) {
    const key = keyOf(field, language);
    if (!Object.hasOwn(values, key) || (previous[key] ?? null) !== null) continue;
    if (sameValue(values[key] ?? null, valueIn(field, previous, language))) {
      Reflect.deleteProperty(values, key);
    }
  }
}

function isMapping(value: unknown): value is RecordData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { RecordLanguages } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { translationKey, type FieldDefinition } from '@objectos/spec/metadata';
import type { ColumnSchema } from '../../driver/contract.js';
import type {
  FieldMeta,
  FieldTranslations,
  TranslatedField,
  TranslationField,
} from '../compiled.js';

/** The column beside a field in which its translations lie: `{ "de": "Stuhl" }`. */
export function translationsColumn(field: string): string {
  return `${field}__i18n`;
}

/** True for a field whose value may have translations. */
export function isTranslatable(definition: FieldDefinition): boolean {
  return 'translatable' in definition && definition.translatable === true;
}

/** What a translatable field has beside its own column; nothing for other fields. */
export function translationsOf(
  name: string,
  definition: FieldDefinition,
  languages: RecordLanguages | undefined,
): FieldTranslations | undefined {
  if (!isTranslatable(definition)) return undefined;
  const locales = [...(languages?.chains.keys() ?? [])];
  return {
    column: translationsColumn(name),
    locales: languages === undefined ? [] : [languages.default, ...locales],
    keys: new Map(locales.map((locale) => [locale, translationKey(name, locale)])),
    // No field has a name like this, so it never hides one.
    read: new Map(locales.map((locale) => [locale, `${name}@${locale}`])),
  };
}

/** True for a field with translations. */
export function isTranslated(field: FieldMeta): field is TranslatedField {
  return field.translations !== undefined;
}

/** Each translation as a field of its own: checked like the field, but never required. */
export function translationFields(
  fields: readonly TranslatedField[],
): ReadonlyMap<string, TranslationField> {
  return new Map(
    fields.flatMap((field) =>
      [...field.translations.keys].map(([locale, key]) => {
        const translation = { of: field.name, locale, column: field.translations.column };
        const own = { name: key, required: false, translations: undefined };
        return [key, { ...field, ...own, translation }] as const;
      }),
    ),
  );
}

/**
 * The columns of translations: what is stored, and for each language the value as it reads there, by
 * which records are filtered, sorted and grouped.
 */
export function translationColumns(
  { name, translations }: TranslatedField,
  languages: RecordLanguages | undefined,
): ColumnSchema[] {
  const { column, read } = translations;
  const stored: ColumnSchema = { name: column, type: 'json', nullable: true };
  const virtual = [...read].map(([locale, alias]): ColumnSchema => {
    const chain = languages?.chains.get(locale) ?? [locale];
    return { name: alias, type: 'text', nullable: true, expression: valueIn(chain, name, column) };
  });
  return [stored, ...virtual];
}

/** The first translation of the chain that there is, else what stands in the field itself. */
function valueIn(chain: readonly string[], name: string, column: string) {
  chain.forEach(requirePlain);
  const sqlite = chain.map((locale) => `json_extract(\0"${column}", '$."${locale}"')`);
  const postgres = chain.map((locale) => `(\0"${column}"->>'${locale}')`);
  const own = `\0"${name}"`;
  return {
    sqlite: `COALESCE(${[...sqlite, own].join(', ')})`,
    postgres: `COALESCE(${[...postgres, own].join(', ')})`,
  };
}

const PLAIN = /^[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;

/** Languages become part of SQL. @throws `i18n_locale_invalid` */
function requirePlain(locale: string): void {
  if (!PLAIN.test(locale))
    throw createError('i18n_locale_invalid', { locale: locale.slice(0, 40) });
}

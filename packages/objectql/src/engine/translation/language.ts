import type { ExecutionContext, RecordLanguages } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FieldMeta, MetadataSnapshot } from '../../metadata/compiled.js';
import type { Admission } from '../access.js';

/** A language that an operation asked for, `*` for all of them, among those that there are. */
export interface AdmittedLanguage {
  readonly locale: string;
  readonly languages: RecordLanguages;
}

/** Asks for all languages: a value is a mapping by language then. */
export const ALL_LANGUAGES = '*';

/** Admissions in a language, so that equal ones stay the same object. */
const spoken = new WeakMap<Admission, Map<string, Admission>>();

/**
 * The admission in the language that the context asks for; the same one where that makes no
 * difference.
 *
 * @throws `record_locale_unknown`
 */
export function inLanguage(
  admission: Admission,
  { languages }: MetadataSnapshot,
  { recordLocale }: ExecutionContext,
): Admission {
  if (recordLocale === undefined) return admission;
  const known = recordLocale === ALL_LANGUAGES || languages?.chains.has(recordLocale) === true;
  if (!known && recordLocale !== languages?.default) throw unknownLocale(recordLocale, languages);
  if (!known || languages === undefined || admission.meta.translated.length === 0) return admission;
  const byLocale = spoken.get(admission) ?? new Map<string, Admission>();
  spoken.set(admission, byLocale);
  let found = byLocale.get(recordLocale);
  if (found === undefined) {
    found = { ...admission, language: { locale: recordLocale, languages } };
    byLocale.set(recordLocale, found);
  }
  return found;
}

/** The admission for values that are under the names of single translations already. */
export function inDefaultLanguage(admission: Admission): Admission {
  return admission.language === undefined ? admission : { ...admission, language: undefined };
}

/** `record_locale_unknown` */
export function unknownLocale(locale: string, languages: MetadataSnapshot['languages']): Error {
  const locales = languages === undefined ? [] : [languages.default, ...languages.chains.keys()];
  return createError('record_locale_unknown', { locale: locale.slice(0, 40), locales });
}

/**
 * The column by which a principal's query filters, sorts and groups: the value as it reads in the
 * language of the admission, or the field's own. Conditions of permission never come here: they mean
 * the field's own value, whatever language is asked for.
 */
export function columnIn({ language }: Admission, { name, translations }: FieldMeta): string {
  if (language === undefined || translations === undefined) return name;
  return translations.read.get(language.locale) ?? name;
}

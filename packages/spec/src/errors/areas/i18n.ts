import { entry } from '../define.js';

/** Errors of languages and messages. */
export const i18nErrors = {
  i18n_locale_invalid: entry<{ locale: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.locale}" is not a language tag.`,
    hint: () => 'Use a tag such as "de" or "pt-BR" (BCP 47).',
  }),
  record_locale_unknown: entry<{ locale: string; locales: readonly string[] }>({
    category: 'validation',
    status: 400,
    message: (p) => `Records are not kept in the language "${p.locale}".`,
    hint: (p) =>
      `Use one of ${p.locales.join(', ')}, or * for all of them. Further languages are named by "recordLocales" in the configuration of @objectos/i18n.`,
  }),
  i18n_message_invalid: entry<{ locale: string; key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The message "${p.key}" in "${p.locale}" is not valid: ${p.reason}.`,
    hint: () =>
      "Messages are ICU MessageFormat: {name}, {count, plural, one {# file} other {# files}}; a literal brace is '{'.",
  }),
  i18n_bundle_invalid: entry<{ source: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The messages in ${p.source} cannot be read: ${p.reason}.`,
    hint: () => 'A bundle is a mapping of keys to messages or to further mappings.',
  }),
  i18n_parameter_invalid: entry<{ key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The message "${p.key}" cannot be filled in: ${p.reason}.`,
    hint: () =>
      'Pass every parameter that the message names, numbers for plurals, dates for dates.',
  }),
};

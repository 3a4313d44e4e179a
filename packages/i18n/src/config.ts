import { z } from 'zod';

const locale = z
  .string()
  .regex(/^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$/, 'a language tag like "de" or "pt-BR"');

/** Configuration of the i18n plugin. Every key has a default; unknown keys are refused. */
export const i18nConfigSchema = z.strictObject({
  /** The language in which keys must have a message, and the last of every chain. */
  defaultLocale: locale.default('en'),
  /** Languages to look in before the default one, e.g. `{ gsw: ['de'], ca: ['es'] }`. */
  fallback: z.record(locale, z.array(locale)).default({}),
  /** Languages, beside the default one, in which translatable fields of records have values. */
  recordLocales: z.array(locale).max(100).default([]),
  /** Files with messages, named by their language: `messages/de.yml`, `messages/pt-BR.json`. */
  files: z.array(z.string().min(1)).default([]),
  /** Time zone of dates when neither the request nor the caller says one. */
  timeZone: z.string().min(1).default('UTC'),
});

/** The plugin's configuration, defaults filled in. */
export type I18nConfig = z.output<typeof i18nConfigSchema>;

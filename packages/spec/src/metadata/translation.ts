import { z } from 'zod';
import { keySchema, namedMap, nameSchema } from './names.js';

const text = z.string();

const localeSchema = z
  .string()
  .regex(/^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?$/, 'a locale like "de" or "pt-BR"');

const fieldTexts = z.strictObject({
  label: text.optional(),
  help: text.optional(),
  placeholder: text.optional(),
  /** By the option's value. */
  options: namedMap(keySchema, text).optional(),
});

const bundle = z.strictObject({
  objects: namedMap(
    nameSchema,
    z.strictObject({
      label: text.optional(),
      pluralLabel: text.optional(),
      description: text.optional(),
      fields: namedMap(nameSchema, fieldTexts).optional(),
      /** Messages of validation rules, by the rule's name. */
      validations: namedMap(nameSchema, text).optional(),
    }),
  ).optional(),
  apps: namedMap(
    nameSchema,
    z.strictObject({ label: text.optional(), description: text.optional() }),
  ).optional(),
  messages: namedMap(keySchema, text).optional(),
});

/** Texts in other languages, by locale. */
export const translationSchema = z.strictObject({
  name: nameSchema,
  locales: namedMap(localeSchema, bundle),
});

/** Translations as metadata declares them. */
export type TranslationDefinition = z.infer<typeof translationSchema>;

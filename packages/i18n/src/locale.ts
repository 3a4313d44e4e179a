import { createError } from '@objectos/spec/errors';

/** A tag in its canonical form: `DE-ch` is `de-CH`. @throws `i18n_locale_invalid` */
export function canonical(tag: string): string {
  try {
    const [locale] = Intl.getCanonicalLocales(tag);
    if (locale !== undefined) return locale;
  } catch {
    // Not a tag: told below.
  }
  throw createError('i18n_locale_invalid', { locale: tag.slice(0, 40) });
}

/** `de-Latn-CH` gives itself, `de-Latn`, `de`. */
export function ancestry(tag: string): string[] {
  const parts = tag.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

/** Where messages of `tag` are looked for, each language once. */
export function chainOf(
  tag: string,
  fallback: Readonly<Record<string, readonly string[]>>,
  defaultLocale: string,
): readonly string[] {
  const chain = new Set<string>();
  const own = ancestry(tag);
  for (const locale of own) chain.add(locale);
  for (const locale of own) {
    for (const next of fallback[locale] ?? []) for (const one of ancestry(next)) chain.add(one);
  }
  for (const locale of ancestry(defaultLocale)) chain.add(locale);
  return [...chain];
}

import type {
  I18nService,
  MessageBundle,
  RecordLanguages,
  Translator,
} from '@objectos/spec/contracts';
import { checkBundle } from './bundle.js';
import { coverageOf, createCatalogue, type Rank } from './catalogue.js';
import { i18nConfigSchema, type I18nConfig } from './config.js';
import { canonical, chainOf } from './locale.js';
import { createMessageFormatter } from './messages.js';
import { createTranslator } from './translator.js';

/** What {@link createI18nService} is made of. */
export interface I18nServiceOptions {
  readonly config?: Partial<I18nConfig> | undefined;
  /** Language and time zone of the running request, if there is one. */
  readonly current?:
    | (() =>
        | { readonly locale?: string | undefined; readonly timezone?: string | undefined }
        | undefined)
    | undefined;
  /** Keys that every language should have beside those of the default language. */
  readonly referenceKeys?: (() => Iterable<string>) | undefined;
}

/** The service, and the door through which the plugin lays its layers. */
export interface OwnedI18nService extends I18nService {
  /** Adds bundles of a rank in one step; all or none. */
  addAll(rank: Rank, bundles: readonly MessageBundle[], source: string): () => void;
}

const MAX_MISSING = 1_000;
const MAX_REMEMBERED = 500;

/**
 * Makes the languages of an installation, without a kernel.
 *
 * @example
 * const i18n = createI18nService();
 * i18n.add({ locale: 'en', messages: { cart: '{count, plural, one {# item} other {# items}}' } });
 * i18n.translator('en').t('cart', { count: 3 }); // 3 items
 */
export function createI18nService(options: I18nServiceOptions = {}): OwnedI18nService {
  const config = i18nConfigSchema.parse(options.config ?? {});
  const defaultLocale = canonical(config.defaultLocale);
  const catalogue = createCatalogue();
  const fill = createMessageFormatter();
  const missing = new Map<string, { locale: string; key: string; count: number }>();
  const translators = new Map<string, Translator>();
  let remembered = { turn: -1, resolved: new Map<string, string>() };

  const chains = new Map<string, readonly string[]>();
  const chain = (locale: string): readonly string[] => {
    let found = chains.get(locale);
    if (found === undefined) {
      if (chains.size >= MAX_REMEMBERED) chains.clear();
      found = chainOf(canonical(locale), config.fallback, defaultLocale);
      chains.set(locale, found);
    }
    return found;
  };

  function noteMissing(locale: string, key: string): void {
    const name = `${locale} ${key}`;
    const known = missing.get(name);
    if (known !== undefined) known.count += 1;
    else if (missing.size < MAX_MISSING) missing.set(name, { locale, key, count: 1 });
  }

  function find(locale: string, key: string) {
    for (const one of chain(locale)) {
      const text = catalogue.own(one).get(key);
      if (text !== undefined) return { locale: one, key, text };
    }
    return undefined;
  }

  function resolveNow(requested: string): string {
    const there = new Set([...catalogue.locales(), defaultLocale]);
    try {
      return chain(requested).find((locale) => there.has(locale)) ?? defaultLocale;
    } catch {
      // A request may ask for anything; what is no language gets the default one.
      return defaultLocale;
    }
  }

  function resolve(requested: string | undefined): string {
    if (requested === undefined) return defaultLocale;
    if (remembered.turn !== catalogue.turn || remembered.resolved.size > MAX_REMEMBERED) {
      remembered = { turn: catalogue.turn, resolved: new Map() };
    }
    const known = remembered.resolved.get(requested);
    if (known !== undefined) return known;
    const found = resolveNow(requested);
    remembered.resolved.set(requested, found);
    return found;
  }

  const recordLanguages = recordLanguagesOf(config.recordLocales, { chain, defaultLocale });

  return {
    defaultLocale,
    recordLanguages,
    get version() {
      return String(catalogue.turn);
    },
    locales: () => [...new Set([defaultLocale, ...catalogue.locales()])].sort(),
    chain,
    resolve,
    translator(locale, settings = {}) {
      const current = options.current?.();
      const tag = canonical(locale ?? current?.locale ?? defaultLocale);
      const timeZone = settings.timeZone ?? current?.timezone ?? config.timeZone;
      const name = `${tag} ${timeZone}`;
      let translator = translators.get(name);
      if (translator === undefined) {
        if (translators.size >= MAX_REMEMBERED) translators.clear();
        translator = createTranslator({ locale: tag, timeZone, find, fill, noteMissing });
        translators.set(name, translator);
      }
      return translator;
    },
    messages(locale) {
      const all = new Map<string, string>();
      for (const one of chain(locale).toReversed()) {
        for (const [key, text] of catalogue.own(one)) all.set(key, text);
      }
      return all;
    },
    add: (bundle) => catalogue.add('plugin', [checkBundle(bundle, `"${bundle.locale}"`)]),
    addAll: (rank, bundles, source) =>
      catalogue.add(
        rank,
        bundles.map((bundle) => checkBundle(bundle, source)),
      ),
    coverage(locale) {
      const tag = canonical(locale);
      const reference = new Set(catalogue.own(defaultLocale).keys());
      for (const key of options.referenceKeys?.() ?? []) reference.add(key);
      return coverageOf(catalogue, tag, { chain: chain(tag), reference });
    },
    missing: () => [...missing.values()].map((entry) => ({ ...entry })),
  };
}

/** The chains of the languages of records: only languages that records are kept in, up to the default. */
function recordLanguagesOf(
  configured: readonly string[],
  { chain, defaultLocale }: Pick<I18nService, 'chain' | 'defaultLocale'>,
): RecordLanguages {
  const locales = new Set(configured.map(canonical));
  locales.delete(defaultLocale);
  const chains = [...locales].map((locale) => {
    const all = chain(locale);
    const own = all.slice(0, all.indexOf(defaultLocale));
    return [locale, own.filter((one) => locales.has(one))] as const;
  });
  return { default: defaultLocale, chains: new Map(chains) };
}

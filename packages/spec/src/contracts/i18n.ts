import type { FieldError, ObjectOSError } from '../errors/object-os-error.js';
import type { Disposer } from './disposable.js';
import { contributionPoint, serviceRef } from './refs.js';

/** Texts of one language: a tree whose leaves are messages in ICU MessageFormat. */
export interface MessageTree {
  readonly [key: string]: string | MessageTree;
}

/** Messages that a plugin brings for one language. */
export interface MessageBundle {
  /** A BCP 47 tag such as `de` or `pt-BR`. */
  readonly locale: string;
  readonly messages: MessageTree;
}

/** Plugins add their messages here. What the application's files say wins over them. */
export const messagesPoint = contributionPoint<MessageBundle>('i18n.messages');

/** Values for the places of a message. */
export type MessageParameters = Readonly<Record<string, string | number | boolean | Date | null>>;

/** A language, and optionally a time zone, for everything that is said through it. */
export interface Translator {
  readonly locale: string;
  /**
   * The message of a key (`invoice.sent`), with the parameters filled in. A message that no language
   * of the chain has answers the key itself and is reported as missing.
   *
   * @throws `i18n_parameter_invalid` when a parameter is missing or of the wrong kind
   */
  t(key: string, parameters?: MessageParameters): string;
  /** True when a language of the chain has the message. */
  has(key: string): boolean;
  number(value: number | string, options?: Intl.NumberFormatOptions): string;
  /** `value` may be decimal text, which keeps every digit. `currency` is an ISO 4217 code. */
  currency(value: number | string, currency: string): string;
  /** A share: `0.25` is `25 %`. */
  percent(value: number, digits?: number): string;
  /** `value` is a `Date`, ISO 8601 text, or a date without time, which no time zone moves. */
  date(value: Date | string, options?: Intl.DateTimeFormatOptions): string;
  time(value: Date | string, options?: Intl.DateTimeFormatOptions): string;
  dateTime(value: Date | string, options?: Intl.DateTimeFormatOptions): string;
  /** `in 3 days`, `yesterday`: the largest unit that fits, from `now` on. */
  relative(value: Date | string, now?: Date): string;
  list(values: readonly string[], type?: 'conjunction' | 'disjunction'): string;
}

/** How far a language is translated, against the default language. */
export interface Coverage {
  readonly locale: string;
  readonly total: number;
  readonly translated: number;
  /** Keys without a message of this language itself, in order; at most 1,000. */
  readonly missing: readonly string[];
}

/** The languages that records are kept in. */
export interface RecordLanguages {
  /** The language of what stands in the fields themselves. */
  readonly default: string;
  /**
   * The languages of translations, beside the default one, and for each where a missing one is looked
   * for before the default language: `de-CH` gives `['de-CH', 'de']`.
   */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Languages of the installation. */
export interface I18nService {
  readonly defaultLocale: string;
  /** The languages that records are kept in: those of the configuration. */
  readonly recordLanguages: RecordLanguages;
  /** Changes with every change of a message; part of cache keys. */
  readonly version: string;
  /** Languages with messages, and the default one. */
  locales(): readonly string[];
  /** Where messages are looked for: `pt-BR` gives `pt-BR`, `pt`, what is configured, the default. */
  chain(locale: string): readonly string[];
  /** The best language there is for a request; the default one when none fits. */
  resolve(locale: string | undefined): string;
  /** A translator; without a locale that of the running request, else the default. */
  translator(locale?: string, options?: { readonly timeZone?: string | undefined }): Translator;
  /** All messages of a language with those of its chain filled in, flat. */
  messages(locale: string): ReadonlyMap<string, string>;
  /** Adds messages. @throws `i18n_locale_invalid`, `i18n_message_invalid`, `i18n_bundle_invalid` */
  add(bundle: MessageBundle): Disposer;
  coverage(locale: string): Coverage;
  /** Messages that were asked for and not found since the start, by language; at most 1,000. */
  missing(): readonly { readonly locale: string; readonly key: string; readonly count: number }[];
}

/** Languages. Provided by the i18n plugin. */
export const i18nService = serviceRef<I18nService>('i18n');

/** What a surface says to people, in their language. The i18n plugin provides it. */
export interface Localizer {
  /** Changes whenever an answer may change. */
  readonly version: string;
  /** The language that an answer for this request will be in. */
  resolve(locale: string | undefined): string;
  /** A definition as the metadata API tells it, with texts of the language where there are any. */
  metadata<T extends object>(locale: string, type: string, definition: T): T;
  error(
    locale: string,
    error: ObjectOSError,
  ): {
    readonly message: string;
    readonly hint: string;
    readonly fieldErrors: readonly FieldError[];
  };
}

/** The localizer. Absent: everything is said as it was written. */
export const localizerService = serviceRef<Localizer>('i18n.localizer');

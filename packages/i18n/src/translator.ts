import type { MessageParameters, Translator } from '@objectos/spec/contracts';
import { createFormats } from './formats.js';

interface Message {
  readonly locale: string;
  readonly key: string;
  readonly text: string;
}

/** What a translator is made of. */
export interface TranslatorParts {
  readonly locale: string;
  readonly timeZone: string;
  readonly find: (locale: string, key: string) => Message | undefined;
  readonly fill: (message: Message, parameters: MessageParameters, timeZone: string) => string;
  readonly noteMissing: (locale: string, key: string) => void;
}

/** Makes the translator of one language and time zone. */
export function createTranslator(parts: TranslatorParts): Translator {
  const { locale, timeZone, find, fill, noteMissing } = parts;
  const formats = createFormats(locale, timeZone);
  return {
    locale,
    t(key, parameters = {}) {
      const message = find(locale, key);
      if (message !== undefined) return fill(message, parameters, timeZone);
      noteMissing(locale, key);
      return key;
    },
    has: (key) => find(locale, key) !== undefined,
    number: (value, options) => formats.number(value, options),
    currency: (value, currency) => formats.number(value, { style: 'currency', currency }),
    percent: (value, digits = 0) =>
      formats.number(value, { style: 'percent', maximumFractionDigits: digits }),
    date: (value, options) => formats.date(value, options ?? { dateStyle: 'medium' }),
    time: (value, options) => formats.date(value, options ?? { timeStyle: 'short' }),
    dateTime: (value, options) =>
      formats.date(value, options ?? { dateStyle: 'medium', timeStyle: 'short' }),
    relative: (value, now = new Date()) => formats.relative(value, now),
    list: (values, type = 'conjunction') => formats.list(values, type),
  };
}

import type { MessageParameters } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { IntlMessageFormat } from 'intl-messageformat';
import { FORMAT_OPTIONS, isPlain, reasonOf } from './bundle.js';

const MAX_COMPILED = 5_000;

/** Fills messages in; each is compiled once for its language. */
export function createMessageFormatter() {
  const compiled = new Map<string, IntlMessageFormat>();

  return function fill(
    message: { readonly locale: string; readonly key: string; readonly text: string },
    parameters: MessageParameters,
    timeZone: string,
  ): string {
    const { locale, key, text } = message;
    if (isPlain(text)) return text;
    const name = `${locale} ${timeZone} ${text}`;
    let format = compiled.get(name);
    if (format === undefined) {
      if (compiled.size >= MAX_COMPILED) compiled.clear();
      format = new IntlMessageFormat(text, locale, inZone(timeZone), FORMAT_OPTIONS);
      compiled.set(name, format);
    }
    try {
      return String(format.format(parameters as Record<string, string | number>));
    } catch (cause) {
      throw createError('i18n_parameter_invalid', { key, reason: reasonOf(cause) }, { cause });
    }
  };
}

/** Dates in messages are in the reader's time zone. */
function inZone(timeZone: string) {
  const { date, time } = IntlMessageFormat.formats;
  const zoned = (formats: Readonly<Record<string, object>>) =>
    Object.fromEntries(
      Object.entries(formats).map(([name, options]) => [name, { ...options, timeZone }]),
    );
  return { date: { ...zoned(date), '': { timeZone } }, time: zoned(time) };
}

import { createError } from '@objectos/spec/errors';

/** Formats of one language and time zone. */
export interface Formats {
  number(value: number | string, options?: Intl.NumberFormatOptions): string;
  date(value: Date | string, options: Intl.DateTimeFormatOptions): string;
  relative(value: Date | string, now: Date): string;
  list(values: readonly string[], type: 'conjunction' | 'disjunction'): string;
}

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const MAX_FORMATTERS = 200;

/** Makes the formats of a language. The formatters of `Intl` are dear, so they are kept. */
export function createFormats(locale: string, timeZone: string): Formats {
  const numbers = remember((options: Intl.NumberFormatOptions) =>
    Intl.NumberFormat(locale, options),
  );
  const dates = remember((options: Intl.DateTimeFormatOptions) =>
    Intl.DateTimeFormat(locale, options),
  );
  let relative: Intl.RelativeTimeFormat | undefined;

  return {
    number(value, options = {}) {
      const exact = typeof value === 'string' ? value.trim() : value;
      if (exact === '' || Number.isNaN(Number(exact))) throw invalid('number', String(value));
      // Decimal text is formatted digit by digit (ECMA-402 v3), never through a double.
      return guarded('number', () => numbers(options).format(exact as `${number}`));
    },
    date(value, options) {
      const isDay = typeof value === 'string' && DATE_ONLY.test(value);
      const date = toDate(value);
      const zone = isDay ? 'UTC' : (options.timeZone ?? timeZone);
      return guarded('date', () => dates({ ...options, timeZone: zone }).format(date));
    },
    relative(value, now) {
      const seconds = (toDate(value).getTime() - now.getTime()) / 1_000;
      const [unit, length] =
        UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
      relative ??= new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
      return relative.format(Math.round(seconds / length), unit);
    },
    list: (values, type) => new Intl.ListFormat(locale, { type }).format(values),
  };
}

function toDate(value: Date | string): Date {
  const date = typeof value === 'string' ? new Date(value) : value;
  if (Number.isNaN(date.getTime())) throw invalid('date', String(value));
  return date;
}

function invalid(key: string, value: string) {
  return createError('i18n_parameter_invalid', {
    key,
    reason: `"${value.slice(0, 60)}" is not a ${key}`,
  });
}

/** What `Intl` refuses (a currency, a time zone) is the caller's mistake, not a crash. */
function guarded(key: string, work: () => string): string {
  try {
    return work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it is not valid';
    throw createError('i18n_parameter_invalid', { key, reason }, { cause });
  }
}

function remember<O extends object, F>(make: (options: O) => F): (options: O) => F {
  const known = new Map<string, F>();
  return (options) => {
    const key = JSON.stringify(options);
    let found = known.get(key);
    if (found === undefined) {
      if (known.size >= MAX_FORMATTERS) known.clear();
      found = make(options);
      known.set(key, found);
    }
    return found;
  };
}

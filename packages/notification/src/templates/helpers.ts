/** What a rendering may use up, and how it speaks: the `data` of a template. */
export interface RenderData {
  readonly locale: string;
  readonly timeZone: string;
  readonly budget: { steps: number; characters: number };
}

interface HelperOptions {
  readonly hash: Readonly<Record<string, unknown>>;
  readonly data: RenderData;
}

type Helper = (...given: unknown[]) => unknown;

/** Helpers that make a value of values. */
export const HELPERS: Readonly<Record<string, Helper>> = {
  /** `{{date closedAt style="long"}}`, with the time for `style="datetime"`. */
  date: (...given) => formatDate(given[0], given.at(-1) as HelperOptions),
  /** `{{number amount currency="EUR"}}`, `{{number share style="percent"}}`. */
  number: (...given) => formatNumber(given[0], given.at(-1) as HelperOptions),
  /** `{{default name "somebody"}}`. */
  default: (value, otherwise) => (isEmpty(value) ? otherwise : value),
  /** `{{#if (eq stage "won")}}`. */
  eq: (left, right) => left === right,
};

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

const DATE_STYLES: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  short: { dateStyle: 'short' },
  long: { dateStyle: 'long' },
  datetime: { dateStyle: 'medium', timeStyle: 'short' },
  time: { timeStyle: 'short' },
};

function formatDate(value: unknown, { hash, data }: HelperOptions): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  // A date without a time is that day everywhere.
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return String(value);
  const style = DATE_STYLES[hash['style'] as string] ?? { dateStyle: 'medium' };
  const timeZone = isDay ? 'UTC' : data.timeZone;
  return dateFormat(data.locale, { ...style, timeZone }).format(at);
}

function formatNumber(value: unknown, { hash, data }: HelperOptions): string {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    return isEmpty(value) ? '' : String(value);
  const { currency, style, digits } = hash;
  const options: Intl.NumberFormatOptions = {};
  if (typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)) {
    Object.assign(options, { style: 'currency', currency });
  } else if (style === 'percent') options.style = 'percent';
  if (typeof digits === 'number' && digits >= 0 && digits <= 20) {
    Object.assign(options, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  return numberFormat(data.locale, options).format(number);
}

/** Making a format costs more than using it. */
function remember<O extends object, F>(make: (locale: string, options: O) => F) {
  const known = new Map<string, F>();
  return (locale: string, options: O): F => {
    const key = `${locale} ${JSON.stringify(options)}`;
    const found = known.get(key) ?? make(locale, options);
    if (known.size >= 200) known.clear();
    known.set(key, found);
    return found;
  };
}

const dateFormat = remember(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);
const numberFormat = remember(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
);

/** A field as its YAML says it. */
export interface GuessedField {
  readonly label?: string;
  readonly type: string;
  readonly required?: true;
  readonly unique?: true;
  readonly scale?: number;
  readonly maxLength?: number;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

/** Collects the values of a column and guesses the field that they are of. */
export interface ColumnGuess {
  add(value: unknown): void;
  /** @param rows number of rows of the file */
  field(name: string, rows: number): GuessedField;
}

/** Types that a column may still have; every value takes some away. */
interface Shape {
  readonly type: string;
  readonly fits: (text: string) => boolean;
}

const SHAPES: readonly Shape[] = [
  { type: 'boolean', fits: (text) => /^(?:true|false|yes|no)$/i.test(text) },
  // A leading zero is part of a code, not of a number.
  { type: 'integer', fits: (text) => /^-?(?:0|[1-9]\d{0,14})$/.test(text) },
  { type: 'number', fits: (text) => /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/.test(text) },
  { type: 'date', fits: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !isNaN(Date.parse(text)) },
  {
    type: 'datetime',
    fits: (text) =>
      /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/.test(text) &&
      !isNaN(Date.parse(text)),
  },
  { type: 'email', fits: (text) => /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(text) },
  { type: 'url', fits: (text) => /^https?:\/\/\S+$/.test(text) },
];

const MOST_OPTIONS = 12;
/** So many rows at least must share each option, on average. */
const ROWS_PER_OPTION = 4;
const LONGEST_OPTION = 40;
const SHORT_TEXT = 255;
/** Values that are remembered to see whether they are all different. */
const REMEMBERED = 200_000;
const KEY_NAME = /(?:^|_)(?:id|code|key|number|no|sku|mail|email)$/;

/** Starts the guess for a column. @param missed rows before the first that has it */
export function createColumnGuess(missed: number): ColumnGuess {
  let possible = SHAPES;
  let empty = missed;
  let longest = 0;
  let decimals = 0;
  let lines = false;
  let seen: Set<string> | undefined = new Set();
  let repeated = false;
  let count = 0;

  function add(value: unknown): void {
    const text = textOf(value);
    if (text === '') {
      empty += 1;
      return;
    }
    count += 1;
    possible = possible.filter((shape) => shape.fits(text));
    longest = Math.max(longest, text.length);
    decimals = Math.max(decimals, text.split('.')[1]?.length ?? 0);
    lines ||= text.includes('\n');
    if (seen?.has(text) === true) repeated = true;
    else seen?.add(text);
    if (seen !== undefined && seen.size > REMEMBERED) seen = undefined;
  }

  function typed(): GuessedField {
    const type = count === 0 ? undefined : possible[0]?.type;
    if (type === 'integer') return { type: 'number', scale: 0 };
    if (type === 'number') return { type: 'number', scale: decimals };
    if (type !== undefined) return { type };
    if (lines || longest > SHORT_TEXT) return { type: 'textarea' };
    const options = seen === undefined ? [] : [...seen];
    const few = options.length > 1 && options.length <= MOST_OPTIONS;
    if (few && longest <= LONGEST_OPTION && count >= options.length * ROWS_PER_OPTION) {
      return { type: 'select', options: options.map((value) => ({ value, label: value })) };
    }
    return { type: 'text' };
  }

  return {
    add,
    field(name, rows) {
      const field = typed();
      const complete = count > 0 && empty === 0 && count === rows;
      const textual = field.type === 'text' || field.type === 'email';
      const key = textual && complete && !repeated && seen !== undefined && KEY_NAME.test(name);
      return {
        ...field,
        ...(complete ? { required: true } : {}),
        ...(key ? { unique: true } : {}),
      };
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as number | boolean);
}

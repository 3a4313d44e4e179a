/** What an array can hold. */
export type ArrayElement = string | number | bigint | boolean | null;

/** Which values of a list: every `step`th from `start` on. */
export interface Stride {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * The text of a one-dimensional array, which PostgreSQL reads back into the values of its type. Nulls
 * stay nulls.
 *
 * @example arrayLiteral(['a"b', null, 1]); // '{"a\\"b",NULL,1}'
 */
export function arrayLiteral(
  values: readonly unknown[],
  { start, end, step }: Stride = { start: 0, end: values.length, step: 1 },
): string {
  let text = '';
  for (let index = start; index < end; index += step) {
    text += (index === start ? '{' : ',') + element(values[index] as ArrayElement);
  }
  return text === '' ? '{}' : `${text}}`;
}

const CONTROL = /\p{Cc}/u;

function element(value: ArrayElement): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  if (!value.includes('"') && !value.includes('\\')) return `"${value}"`;
  // Texts of JSON are full of quotes. JSON escapes them alike, and nothing else but control characters.
  return CONTROL.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : JSON.stringify(value);
}

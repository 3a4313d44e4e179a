/** What an array can hold. */
export type ArrayElement = string | number | bigint | boolean | null;

/**
 * The text of a one-dimensional array, which PostgreSQL reads back into the values of its type. Nulls
 * stay nulls.
 *
 * @example arrayLiteral(['a"b', null, 1]); // '{"a\\"b",NULL,1}'
 */
export function arrayLiteral(values: Iterable<ArrayElement>): string {
  let text = '';
  for (const value of values) text += `${text === '' ? '{' : ','}${element(value)}`;
  return text === '' ? '{}' : `${text}}`;
}

function element(value: ArrayElement): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  return `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`;
}

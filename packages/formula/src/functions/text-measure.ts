const SURROGATE = /[\uD800-\uDFFF]/;

/** True when every character is one UTF-16 unit, so plain indexing is right. */
function isPlain(text: string): boolean {
  return !SURROGATE.test(text);
}

/** Characters (code points, as the databases count) of a text. */
export function lengthOf(text: string): number {
  if (isPlain(text)) return text.length;
  let count = 0;
  for (const character of text) count += character.length > 0 ? 1 : 0;
  return count;
}

/** `count` characters from the 0-based `start`; never cuts a character in two. */
export function slice(text: string, start: number, count: number): string {
  const from = Math.max(0, start);
  const to = Math.max(from, start + Math.max(0, count));
  if (isPlain(text)) return text.slice(from, to);
  return Array.from(text).slice(from, to).join('');
}

/** The 1-based place of `search` at or after the 1-based `start`, or 0. */
export function find(text: string, search: string, start: number): number {
  if (start < 1 || search === '') return 0;
  if (isPlain(text)) return text.indexOf(search, start - 1) + 1;
  const skipped = slice(text, 0, start - 1).length;
  const index = text.indexOf(search, skipped);
  return index < 0 ? 0 : lengthOf(text.slice(0, index)) + 1;
}

/** The characters in the opposite order. */
export function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}

/** First letter of each word upper case, the rest lower case. */
export function capitalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{N}'’])(\p{L})/gu, (_match, before: string, letter: string) => {
      return before + letter.toUpperCase();
    });
}

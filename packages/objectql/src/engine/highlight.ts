import type { FindResult, RecordData } from '@objectos/spec/contracts';

/** Characters of a snippet around the first place that was found. */
const SNIPPET = 160;
const BEFORE = 40;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Marks the words in the fields of records, as HTML: text is escaped, what was found stands in
 * `<mark>`. Fields in which nothing was found are left out.
 */
export function highlight(
  records: readonly RecordData[],
  fields: readonly string[],
  words: readonly string[],
): NonNullable<FindResult['highlights']> {
  const pattern = patternOf(words);
  const found: Record<string, Record<string, string>> = {};
  if (pattern === undefined) return found;
  for (const record of records) {
    const marked = markedFields(record, fields, pattern);
    if (Object.keys(marked).length > 0) found[record['id'] as string] = marked;
  }
  return found;
}

function markedFields(
  record: RecordData,
  fields: readonly string[],
  pattern: RegExp,
): Record<string, string> {
  const marked: Record<string, string> = {};
  for (const field of fields) {
    const value = record[field];
    const first = typeof value === 'string' ? value.search(pattern) : -1;
    if (typeof value === 'string' && first !== -1) marked[field] = snippet(value, first, pattern);
  }
  return marked;
}

/** Long words first, so that one that begins another does not hide it. */
function patternOf(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined;
  const sorted = [...words].sort((one, other) => other.length - one.length);
  const escaped = sorted.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'giu');
}

function snippet(text: string, first: number, pattern: RegExp): string {
  const start = text.length <= SNIPPET ? 0 : Math.max(0, first - BEFORE);
  const end = Math.min(text.length, start + SNIPPET);
  const part = text.slice(start, end);
  let html = start > 0 ? '…' : '';
  let at = 0;
  for (const match of part.matchAll(pattern)) {
    html += `${escaped(part.slice(at, match.index))}<mark>${escaped(match[0])}</mark>`;
    at = match.index + match[0].length;
  }
  return html + escaped(part.slice(at)) + (end < text.length ? '…' : '');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

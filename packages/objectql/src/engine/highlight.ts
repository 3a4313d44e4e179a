import type { FindResult, RecordData } from '@objectos/spec/contracts';
import type { SearchTerm } from '../driver/row-filter.js';
import { askedWords, searchTerm, searchTokens } from './search-words.js';

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

/** A stretch of a text. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Finds the places of a text that a search is about. */
type Finder = (text: string) => Place[];

/** What to mark. */
export interface Highlighting {
  readonly search: string;
  readonly fields: readonly string[];
  /** The database has full-text indexes; otherwise it looks for parts of texts. */
  readonly fullText: boolean;
}

/**
 * Marks what a search found in the fields of records, as HTML: text is escaped, what was found
 * stands in `<mark>`. Fields in which nothing was found are left out.
 */
export function highlight(
  records: readonly RecordData[],
  { search, fields, fullText }: Highlighting,
): NonNullable<FindResult['highlights']> {
  const asked = askedWords(search);
  const found: Record<string, Record<string, string>> = {};
  if (asked.length === 0) return found;
  const finder = fullText
    ? wordFinder(asked.flatMap((word) => searchTerm(word) ?? []))
    : partFinder(asked.map(({ text }) => text));
  for (const record of records) {
    const marked = markedFields(record, fields, finder);
    if (Object.keys(marked).length > 0) found[record['id'] as string] = marked;
  }
  return found;
}

function markedFields(
  record: RecordData,
  fields: readonly string[],
  finder: Finder,
): Record<string, string> {
  const marked: Record<string, string> = {};
  for (const field of fields) {
    const value = record[field];
    if (typeof value !== 'string') continue;
    const places = finder(value);
    if (places.length > 0) marked[field] = snippet(value, places);
  }
  return marked;
}

interface Word extends Place {
  readonly token: string;
}

function wordFinder(terms: readonly SearchTerm[]): Finder {
  return (text) => {
    const words = wordsOf(text);
    const places: Place[] = [];
    for (let at = 0; at < words.length; at += 1) {
      const length = Math.max(0, ...terms.map((term) => lengthAt(term, words, at)));
      const [first, last] = [words[at], words[at + length - 1]];
      if (length === 0 || first === undefined || last === undefined) continue;
      places.push({ start: first.start, end: last.end });
      at += length - 1;
    }
    return places;
  };
}

function wordsOf(text: string): Word[] {
  // Accents that stand by themselves belong to the letter before them.
  return [...text.matchAll(/[\p{L}\p{Nd}][\p{L}\p{Nd}\u0300-\u0331]*/gu)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    token: searchTokens(match[0]).join(''),
  }));
}

/** How many words the term covers from here on; none where it does not stand here. */
function lengthAt(
  { words: wanted, prefix }: SearchTerm,
  words: readonly Word[],
  at: number,
): number {
  const stands = wanted.every((word, index) => {
    const token = words[at + index]?.token;
    if (token === undefined) return false;
    return prefix && index === wanted.length - 1 ? token.startsWith(word) : token === word;
  });
  return stands ? wanted.length : 0;
}

/** Long words first, so that one that begins another does not hide it. */
function partFinder(words: readonly string[]): Finder {
  const sorted = [...words].sort((one, other) => other.length - one.length);
  const escaped = sorted.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const pattern = new RegExp(escaped.join('|'), 'giu');
  return (text) =>
    [...text.matchAll(pattern)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
    }));
}

function snippet(text: string, places: readonly Place[]): string {
  const first = places[0]?.start ?? 0;
  const start = text.length <= SNIPPET ? 0 : Math.max(0, first - BEFORE);
  const end = Math.min(text.length, start + SNIPPET);
  let html = start > 0 ? '…' : '';
  let at = start;
  for (const place of places) {
    if (place.start >= end) break;
    const stop = Math.min(place.end, end);
    html += `${escaped(text.slice(at, place.start))}<mark>${escaped(text.slice(place.start, stop))}</mark>`;
    at = stop;
  }
  return html + escaped(text.slice(at, end)) + (end < text.length ? '…' : '');
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

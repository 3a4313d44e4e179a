import { createError } from '@objectos/spec/errors';
import type { RowFilter } from '../driver/row-filter.js';
import type { Admission } from './access.js';
import { isReadable } from './relations.js';

/** Words of one search. */
export const MAX_SEARCH_WORDS = 10;

/**
 * The words that a search looks for: what stands between spaces, or between quotation marks.
 *
 * @example searchWords('ada "new york"') // ['ada', 'new york']
 */
export function searchWords(text: string): string[] {
  const words = [...text.matchAll(/"([^"]+)"|([^\s"]+)/g)]
    .map(([, phrase, word]) => (phrase ?? word ?? '').trim())
    .filter((word) => word !== '');
  return [...new Set(words)];
}

/** The fields that a search of this principal looks into. */
export function searchedFields(admission: Admission): string[] {
  return admission.meta.searchable.filter((name) => isReadable(admission, name));
}

/**
 * The condition of a search: each word stands in one of the searchable fields, in any case. Fields
 * that the principal may not read are not looked into.
 *
 * @throws `invalid_parameter` when nothing is searchable, `limit_exceeded`
 */
export function planSearch(admission: Admission, text: string | undefined): RowFilter | undefined {
  if (text === undefined) return undefined;
  const fields = searchedFields(admission);
  if (fields.length === 0) {
    throw createError('invalid_parameter', {
      parameter: 'search',
      reason: `no field of "${admission.meta.name}" is searchable`,
    });
  }
  const words = searchWords(text);
  if (words.length > MAX_SEARCH_WORDS) {
    const actual = words.length;
    throw createError('limit_exceeded', { limit: 'search words', max: MAX_SEARCH_WORDS, actual });
  }
  if (words.length === 0) return undefined;
  const args = words.map((word): RowFilter => {
    const places = fields.map((field): RowFilter => ({ op: 'contains', field, value: word }));
    return { op: 'or', args: places };
  });
  return { op: 'and', args };
}

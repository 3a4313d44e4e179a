import type { Query } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { RowFilter, RowMatch } from '../driver/row-filter.js';
import type { Admission } from './access.js';
import { isReadable, type View } from './relations.js';
import { askedWords, searchTerm } from './search-words.js';
import type { PlannedSort } from './sort-plan.js';

/** Words of one search. */
export const MAX_SEARCH_WORDS = 10;

/** Databases do not keep longer words, so nothing has them. */
const MAX_WORD = 255;

const NOTHING: RowFilter = { op: 'or', args: [] };
const RANK = 'd:rank';

/** The fields that a search of this principal looks into. */
export function searchedFields(admission: Admission): string[] {
  return admission.meta.searchable.filter((name) => isReadable(admission, name));
}

/**
 * The condition of a search: each word stands in one of the searchable fields, as a word or as the
 * beginning of one; what is in quotation marks stands there as it is. Fields that the principal may
 * not read are not looked into. A database without full-text indexes looks for parts of texts.
 *
 * @throws `invalid_parameter` when nothing is searchable, `limit_exceeded`
 */
export function planSearch(view: View, text: string | undefined): RowFilter | undefined {
  if (text === undefined) return undefined;
  const { admission, fullText } = view;
  const fields = searchedFields(admission);
  if (fields.length === 0) {
    throw createError('invalid_parameter', {
      parameter: 'search',
      reason: `no field of "${admission.meta.name}" is searchable`,
    });
  }
  const asked = askedWords(text);
  if (asked.length > MAX_SEARCH_WORDS) {
    const actual = asked.length;
    throw createError('limit_exceeded', { limit: 'search words', max: MAX_SEARCH_WORDS, actual });
  }
  if (asked.length === 0) return undefined;
  if (fullText) return matchOf(admission, fields, text) ?? NOTHING;
  const args = asked.map((word): RowFilter => {
    const places = fields.map((field): RowFilter => ({ op: 'contains', field, value: word.text }));
    return { op: 'or', args: places };
  });
  return { op: 'and', args };
}

/**
 * The order of a search that asks for none: the best first. Not by cursor, because the rank of a
 * record changes with the others; and not for a principal who may not read all that is indexed,
 * because ranks would tell of it.
 */
export function planRank(
  { admission, fullText }: View,
  { search, orderBy = [], cursor }: Query,
): PlannedSort | undefined {
  if (search === undefined || orderBy.length > 0 || cursor !== undefined || !fullText) return;
  const fields = searchedFields(admission);
  if (fields.length < admission.meta.searchable.length) return undefined;
  const match = matchOf(admission, fields, search);
  if (match === undefined) return undefined;
  return {
    derived: [{ kind: 'rank', alias: RANK, match }],
    orderBy: [
      { field: RANK, direction: 'desc' },
      { field: 'id', direction: 'asc' },
    ],
  };
}

function matchOf(
  { meta }: Admission,
  columns: readonly string[],
  text: string,
): RowMatch | undefined {
  const index = meta.table.indexes.find(({ fullText }) => fullText === true);
  const terms = askedWords(text).flatMap((word) => searchTerm(word) ?? []);
  const tooLong = terms.some(({ words }) => words.some((word) => word.length > MAX_WORD));
  if (index === undefined || terms.length === 0 || tooLong) return undefined;
  return { op: 'match', index, columns, terms };
}

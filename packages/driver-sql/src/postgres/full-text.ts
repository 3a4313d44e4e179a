import type { SearchTerm } from '@objectql/core/driver';
import { INDEXED_CHARACTERS, type FullText, type Searched } from '../sql/full-text.js';
import { quoteIdentifier } from '../sql/identifier.js';

const quote = (name: string): string => quoteIdentifier(name, 63, 'postgres');

/**
 * Marks the comment of an index that this driver made. A search index is a GIN index with one
 * expression for each column: the database keeps it itself, and any of the columns can be searched
 * alone.
 */
export const postgresFullText = (comment: string): FullText => ({
  create({ name }, index) {
    const words = index.columns.map((column) => `(${wordsOf(quote(column))})`);
    return [
      `CREATE INDEX ${quote(index.name)} ON ${quote(name)} USING gin (${words.join(', ')})`,
      `COMMENT ON INDEX ${quote(index.name)} IS '${comment}'`,
    ];
  },
  drop: (index) => [`DROP INDEX ${quote(index)}`],
  match({ columns, terms, bind }, negated) {
    const each = terms.map((term) => {
      const query = `to_tsquery('simple', ${bind(termText(term))})`;
      return `(${columns.map(({ text }) => `${wordsOf(text)} @@ ${query}`).join(' OR ')})`;
    });
    const all = `(${each.join(' AND ')})`;
    // Of an empty text the database does not know; outside a negation that counts as false.
    return negated ? `NOT COALESCE(${all}, FALSE)` : all;
  },
  rank(searched) {
    return { join: undefined, value: rankOf(searched) };
  },
});

function rankOf({ columns, terms, bind }: Searched): string {
  const weighed = columns.map(({ text, position }) => {
    const words = `COALESCE(${wordsOf(text)}, '')`;
    return position === 0 ? `setweight(${words}, 'A')` : words;
  });
  const query = bind(terms.map((term) => `(${termText(term)})`).join(' & '));
  return `ts_rank(${weighed.join(' || ')}, to_tsquery('simple', ${query}), 1)::float8`;
}

/**
 * The words of a text, as FTS5 sees them: small letters in Unicode, no accents on Latin letters, and
 * nothing but letters and digits, so that the parser of PostgreSQL has nothing left to interpret.
 */
function wordsOf(column: string): string {
  const small = `lower("left"(${column}, ${INDEXED_CHARACTERS}) COLLATE "und-x-icu")`;
  const plain = `normalize(regexp_replace(normalize(${small}, NFD), '([a-z])[\\u0300-\\u0331]+', '\\1', 'g'), NFC)`;
  return `to_tsvector('simple', regexp_replace(translate(${plain}, 'ςſ', 'σs'), '[^[:alnum:]]+', ' ', 'g'))`;
}

function termText({ words, prefix }: SearchTerm): string {
  return words
    .map((word, at) => `'${word}'${prefix && at === words.length - 1 ? ':*' : ''}`)
    .join(' <-> ');
}

/** The column of an expression of {@link postgresFullText}, as it is called now. */
export function readExpression(text: string): string | undefined {
  return new RegExp(`"left"\\("?(\\w+)"?, ${INDEXED_CHARACTERS}\\)`).exec(text)?.[1];
}

import type { IndexSchema, SearchTerm } from '@objectql/core/driver';
import type { Bind } from '../sql/dialect.js';
import { INDEXED_CHARACTERS, type FullText, type Searched } from '../sql/full-text.js';
import { quoteIdentifier } from '../sql/identifier.js';
import { arrayLiteral } from './array.js';

/** Longest name that PostgreSQL keeps. */
const MAX_NAME = 63;
/** Most columns of an index. */
const MAX_COLUMNS = 32;

/** A word has no more positions than this in one text, and none beyond the other. */
const MAX_POSITIONS = 255;
const LAST_POSITION = 16_383;

const quote = (name: string): string => quoteIdentifier(name, MAX_NAME, 'postgres');

/**
 * Marks the comment of an index that this driver made. A search index is a GIN index over one
 * generated column for each text, which holds its words: the database keeps them itself, a rank need
 * not take the text apart again, and any of the texts can be searched alone.
 */
export const postgresFullText = (comment: string): FullText => ({
  create({ name }, index) {
    const made = index.columns.map(
      (column, at) =>
        `ADD COLUMN ${wordsColumn(index, at)} tsvector GENERATED ALWAYS AS (to_tsvector('simple', ${plainText(quote(column))})) STORED`,
    );
    const words = index.columns.map((_, at) => wordsColumn(index, at));
    return [
      // One of an earlier version, over expressions, is not seen as an index of this driver.
      `DROP INDEX IF EXISTS ${quote(index.name)}`,
      `ALTER TABLE ${quote(name)} ${made.join(', ')}`,
      `CREATE INDEX ${quote(index.name)} ON ${quote(name)} USING gin (${words.join(', ')})`,
      `COMMENT ON INDEX ${quote(index.name)} IS '${comment}'`,
    ];
  },
  drop(index, table) {
    const columns = Array.from({ length: MAX_COLUMNS }, (_, at) =>
      wordsColumn({ name: index }, at),
    );
    const drops = columns.map((column) => `DROP COLUMN IF EXISTS ${column}`);
    return [`DROP INDEX ${quote(index)}`, `ALTER TABLE ${quote(table)} ${drops.join(', ')}`];
  },
  match(searched, negated) {
    const all = `(${searched.terms.map((term) => termSql(term, searched)).join(' AND ')})`;
    // Of an empty text the database does not know; outside a negation that counts as false.
    return negated ? `NOT COALESCE(${all}, FALSE)` : all;
  },
  rank(searched) {
    return { join: undefined, value: rankOf(searched) };
  },
});

/** A colon cannot be part of a column's name, so names with one never hide one. */
function wordsColumn({ name }: Pick<IndexSchema, 'name'>, at: number): string {
  return `${quote(name.slice(0, MAX_NAME - 3)).slice(0, -1)}:${at}"`;
}

function termSql(term: SearchTerm, { rows, index, columns, bind }: Searched): string {
  const query = queryOf(termText(term), bind);
  const places = columns.map(({ position, text }) => {
    const words = `${rows}.${wordsColumn(index, position)}`;
    const found = `${words} @@ ${query}`;
    return term.words.length === 1 ? found : phraseSql(term, { words, text, found, bind });
  });
  return `(${places.join(' OR ')})`;
}

/**
 * Words one after another. Of long texts the database does not know where all of their words stand;
 * where it has forgotten a position of one of these, the text itself is asked.
 */
function phraseSql(
  { words: wanted, prefix }: SearchTerm,
  place: {
    readonly words: string;
    readonly text: string;
    readonly found: string;
    readonly bind: Bind;
  },
): string {
  const { words, text, found, bind } = place;
  const every = wanted.map((word, at) => wordText(word, prefix && at === wanted.length - 1));
  const all = `${words} @@ ${queryOf(every.join(' & '), bind)}`;
  const last = wanted.at(-1) ?? '';
  const isWanted = `(lexeme = ANY(${bind(arrayLiteral(wanted))}::text[])${prefix ? ` OR starts_with(lexeme, ${bind(last)})` : ''})`;
  const forgotten = `EXISTS (SELECT FROM unnest(${words}) WHERE ${isWanted} AND (cardinality(positions) >= ${MAX_POSITIONS} OR ${LAST_POSITION} = ANY(positions)))`;
  const stands = `' ' || ${plainText(text)} || ' ' LIKE ${bind(`% ${wanted.join(' ')}${prefix ? '' : ' '}%`)}`;
  return `(${all} AND CASE WHEN ${found} THEN TRUE WHEN octet_length(${text}) < ${2 * MAX_POSITIONS} THEN FALSE WHEN ${forgotten} THEN ${stands} ELSE FALSE END)`;
}

function rankOf({ rows, index, columns, terms, bind }: Searched): string {
  const weighed = columns.map(({ position }) => {
    const words = `COALESCE(${rows}.${wordsColumn(index, position)}, '')`;
    return position === 0 ? `setweight(${words}, 'A')` : words;
  });
  const query = queryOf(terms.map((term) => `(${termText(term)})`).join(' & '), bind);
  // As a subquery it is made once, not for every record.
  return `ts_rank(${weighed.join(' || ')}, (SELECT ${query}), 1)::float8`;
}

/**
 * A text as FTS5 sees it: small letters in Unicode, no accents on Latin letters, and nothing but
 * letters and digits with one space between words, so that the parser of PostgreSQL has nothing left
 * to interpret.
 */
function plainText(column: string): string {
  const small = `lower("left"(${column}, ${INDEXED_CHARACTERS}) COLLATE "und-x-icu")`;
  const plain = `normalize(regexp_replace(normalize(${small}, NFD), '([a-z])[\\u0300-\\u0331]+', '\\1', 'g'), NFC)`;
  return `regexp_replace(translate(${plain}, 'ςſ', 'σs'), '[^[:alnum:]]+', ' ', 'g')`;
}

function queryOf(text: string, bind: Bind): string {
  return `to_tsquery('simple', ${bind(text)})`;
}

function termText({ words, prefix }: SearchTerm): string {
  return words.map((word, at) => wordText(word, prefix && at === words.length - 1)).join(' <-> ');
}

function wordText(word: string, prefix: boolean): string {
  return `'${word}'${prefix ? ':*' : ''}`;
}

/** The column of an expression of {@link postgresFullText}, as it is called now. */
export function readExpression(text: string): string | undefined {
  return new RegExp(`"left"\\("?(\\w+)"?, ${INDEXED_CHARACTERS}\\)`).exec(text)?.[1];
}

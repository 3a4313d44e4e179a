import type { SearchTerm } from '@objectql/core/driver';
import { INDEXED_CHARACTERS, type FullText, type Searched } from '../sql/full-text.js';
import { quoteIdentifier } from '../sql/identifier.js';

/**
 * Letters and digits make words, as in PostgreSQL; accents on Latin letters count for nothing.
 */
const TOKENIZER = `"unicode61 remove_diacritics 2 categories 'L* Nd'"`;

/** How much more a word counts in the first column. */
const FIRST = '4.0';

const quote = (name: string): string => quoteIdentifier(name, 128, 'sqlite');

/** A colon cannot be part of a table's name, so names with one never hide one. */
const partOf = (index: string, part: string): string => `${quote(index).slice(0, -1)}:${part}"`;

/**
 * FTS5 without a copy of the texts, kept by triggers in the transaction of the write. A table beside
 * it ties its numbers to ids: the numbers that SQLite itself gives to rows may change when a file is
 * compacted.
 */
export const sqliteFullText: FullText = {
  create({ name }, index) {
    const table = quote(name);
    const [words, ids] = [wordsTable(index.name), idsTable(index.name)];
    const columns = index.columns.map(quote);
    const places = columns.map((_, position) => `c${position}`);
    const texts = (row: string) =>
      columns.map((column) => `substr(${row}${column}, 1, ${INDEXED_CHARACTERS})`).join(', ');
    const number = (row: string) => `(SELECT docid FROM ${ids} WHERE id = ${row}.id)`;
    const trigger = (event: string) => `CREATE TRIGGER ${partOf(index.name, event)} AFTER`;
    return [
      `CREATE VIRTUAL TABLE ${words} USING fts5(${places.join(', ')}, content='', contentless_delete=1, tokenize=${TOKENIZER})`,
      `CREATE TABLE ${ids} (docid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)`,
      `INSERT INTO ${ids} (id) SELECT id FROM ${table}`,
      `INSERT INTO ${words} (rowid, ${places.join(', ')}) SELECT docid, ${texts('own.')} FROM ${table} AS own JOIN ${ids} AS ids ON ids.id = own.id`,
      `${trigger('insert')} INSERT ON ${table} BEGIN INSERT INTO ${ids} (id) VALUES (new.id); INSERT INTO ${words} (rowid, ${places.join(', ')}) VALUES (${number('new')}, ${texts('new.')}); END`,
      `${trigger('update')} UPDATE OF ${columns.join(', ')} ON ${table} WHEN ${columns.map((column) => `new.${column} IS NOT old.${column}`).join(' OR ')} BEGIN UPDATE ${words} SET ${columns.map((column, position) => `c${position} = substr(new.${column}, 1, ${INDEXED_CHARACTERS})`).join(', ')} WHERE rowid = ${number('old')}; END`,
      `${trigger('delete')} DELETE ON ${table} BEGIN DELETE FROM ${words} WHERE rowid = ${number('old')}; DELETE FROM ${ids} WHERE id = old.id; END`,
    ];
  },
  drop: (index) => [
    ...['insert', 'update', 'delete'].map((event) => `DROP TRIGGER ${partOf(index, event)}`),
    `DROP TABLE ${wordsTable(index)}`,
    `DROP TABLE ${idsTable(index)}`,
  ],
  match(searched, negated) {
    const { rows, index, bind } = searched;
    const found = `SELECT ids.id FROM ${source(index.name)} ${bind(expression(searched))}`;
    return `${rows}."id" ${negated ? 'NOT ' : ''}IN (${found})`;
  },
  rank(searched) {
    const { rows, index, bind } = searched;
    const words = wordsTable(index.name);
    const weights = index.columns.map((_, position) => (position === 0 ? FIRST : '1.0'));
    const rank = `-bm25(${words}, ${weights.join(', ')})`;
    // The limit keeps the subquery whole: bm25 works only right beside its table.
    const found = () =>
      `SELECT ids.id AS "id:", ${rank} AS "rank:" FROM ${source(index.name)} ${bind(expression(searched))} LIMIT -1`;
    return {
      join: () => `LEFT JOIN (${found()}) AS "found:" ON "found:"."id:" = ${rows}."id"`,
      value: `"found:"."rank:"`,
    };
  },
};

function wordsTable(index: string): string {
  return partOf(index, 'words');
}

function idsTable(index: string): string {
  return partOf(index, 'ids');
}

function source(index: string): string {
  const words = wordsTable(index);
  return `${words} JOIN ${idsTable(index)} AS ids ON ids.docid = ${words}.rowid WHERE ${words} MATCH`;
}

/** A query of FTS5. Words are letters and digits, so nothing in them means anything to it. */
function expression({ columns, terms }: Searched): string {
  const places = columns.map(({ position }) => `c${position}`).join(' ');
  return `{${places}} : (${terms.map(termText).join(' AND ')})`;
}

function termText({ words, prefix }: SearchTerm): string {
  return `"${words.join(' ')}"${prefix ? ' *' : ''}`;
}

/** The index that a trigger belongs to, and its columns as they are called now. */
export function readTrigger(name: string, sql: string): { index: string; columns: string[] } {
  const columns = [...sql.matchAll(/substr\(new\."?(\w+)"?, 1, /g)].map(
    ([, column = '']) => column,
  );
  return { index: name.slice(0, -':insert'.length), columns };
}

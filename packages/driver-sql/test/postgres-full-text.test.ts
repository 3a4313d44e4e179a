import type { FindStatement, RowMatch, TableSchema } from '@objectql/core/driver';
import { emptyPostgres, findPostgres, type TestPostgres } from '@objectos/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';

const server = await findPostgres();
const index = { name: 'fts_note', columns: ['title'], unique: false, fullText: true } as const;
const note: TableSchema = {
  name: 'note',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'title', type: 'text', nullable: true },
  ],
  indexes: [],
};
const match: RowMatch = {
  op: 'match',
  index,
  columns: ['title'],
  terms: [{ words: ['harbour'], prefix: false }],
};

describe.skipIf(server === undefined)('full-text indexes on PostgreSQL', () => {
  let place: TestPostgres;
  let driver: SqlDriver;
  beforeEach(async () => {
    place = await emptyPostgres(server ?? '');
    driver = new SqlDriver({ url: place.url });
    await driver.connect();
    await driver.applySchema([{ kind: 'createTable', table: note }]);
    await driver.transaction((session) => session.insert(note, [{ id: '1', title: 'A harbour' }]));
  });
  afterEach(async () => {
    await driver.close();
    await place.drop();
  });

  const schema = async () => (await driver.introspect()).find(({ name }) => name === 'note');

  it('of an earlier version, over expressions, are made anew', async () => {
    await place.sql(
      `CREATE INDEX fts_note ON note USING gin (to_tsvector('simple', lower("left"(title, 100000) COLLATE "und-x-icu")))`,
    );
    await place.sql(`COMMENT ON INDEX fts_note IS 'objectql'`);
    expect(await schema()).toEqual(note);
    await driver.applySchema([{ kind: 'createIndex', table: note, index }]);
    expect(await schema()).toEqual({ ...note, indexes: [index] });
    const found = { table: note, columns: ['id'], where: match };
    expect(await driver.reader.find(found)).toEqual([{ id: '1' }]);
  });

  it('leave nothing in the table when they go', async () => {
    const columns = () =>
      place.sql(
        `SELECT attname FROM pg_attribute WHERE attrelid = 'note'::regclass AND attnum > 0 AND NOT attisdropped`,
      );
    const before = await columns();
    await driver.applySchema([{ kind: 'createIndex', table: note, index }]);
    expect(await columns()).toHaveLength(before.length + 1);
    await driver.applySchema([
      { kind: 'dropIndex', table: 'note', index: index.name, fullText: true },
    ]);
    expect(await columns()).toEqual(before);
  });

  it('hold the words, so that a rank takes no text apart', async () => {
    await driver.applySchema([{ kind: 'createIndex', table: note, index }]);
    await driver.close();
    const texts: string[] = [];
    driver = new SqlDriver({ url: place.url, onStatement: (text) => texts.push(text) });
    await driver.connect();
    const ranked: FindStatement = {
      table: note,
      columns: ['id'],
      derived: [{ kind: 'rank', alias: 'd:rank', match }],
      where: match,
      orderBy: [{ field: 'd:rank', direction: 'desc' }],
    };
    expect(await driver.reader.find(ranked)).toEqual([{ id: '1' }]);
    expect(texts.join()).toContain('ts_rank');
    expect(texts.join()).not.toContain('to_tsvector');
  });
});

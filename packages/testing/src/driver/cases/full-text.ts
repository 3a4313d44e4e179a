import type { DerivedColumn, Driver, RowFilter, RowMatch, SearchTerm } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { idsOf, insertThings, thing } from '../fixture.js';

const index = {
  name: 'fts_thing',
  columns: ['name', 'code'],
  unique: false,
  fullText: true,
} as const;
const table = { ...thing, indexes: [...thing.indexes, index] };

const word = (...words: string[]): SearchTerm => ({ words, prefix: false });
const start = (...words: string[]): SearchTerm => ({ words, prefix: true });

function match(terms: readonly SearchTerm[], columns: readonly string[] = index.columns): RowMatch {
  return { op: 'match', index, columns, terms };
}

const CORPUS = [
  { id: '1', name: 'Ada Lovelace', code: 'first programmer' },
  { id: '2', name: 'Grace Hopper', code: 'ada-compiler, NEW york' },
  { id: '3', name: 'Crème Brûlée', code: 'dessert e\u0301te\u0301' },
  { id: '4', name: 'ΟΔΟΣ Σοφίας', code: 'straße Ёлка' },
  { id: '5', name: null, code: 'york new 12abc x1e5 3.14 m² a_b' },
  { id: '6', name: 'news', code: 'ada@lovelace.example <b>bold</b>' },
  { id: '7', name: '東京 タワー', code: null },
];

/** Full-text indexes: what is found, what follows a write, what a schema change keeps. */
export function fullTextCases(current: () => Driver): void {
  describe('full text', () => {
    const found = (filter: RowFilter): Promise<unknown[]> => idsOf(current(), filter);

    beforeEach(async ({ skip }) => {
      skip(current().capabilities.fullText !== true, 'the driver does not declare "fullText"');
      await insertThings(current(), CORPUS);
      // Made over rows that are there already.
      await current().applySchema([{ kind: 'createIndex', table, index }]);
    });

    it.each<[string, readonly SearchTerm[], string[]]>([
      ['a word, in any column and case', [word('ada')], ['1', '2', '6']],
      ['not a part of a word', [word('love')], []],
      ['the beginning of a word', [start('love')], ['1', '6']],
      ['words in different columns', [word('ada'), word('programmer')], ['1']],
      ['words one after another', [word('new', 'york')], ['2']],
      ['the beginning of the last one', [start('new', 'yo')], ['2']],
      ['no accents on Latin letters', [word('creme'), start('brul')], ['3']],
      ['accents that stand by themselves', [word('ete')], ['3']],
      ['Greek, with either small sigma', [word('οδοσ')], ['4']],
      ['accents elsewhere', [word('σοφίασ')], ['4']],
      ['not without them', [word('σοφιασ')], []],
      ['sharp s and Cyrillic', [word('straße'), word('ёлка')], ['4']],
      ['digits and letters together', [word('12abc'), word('x1e5')], ['5']],
      ['numbers as their parts', [word('3', '14')], ['5']],
      ['no signs', [word('m'), word('a', 'b')], ['5']],
      ['addresses and tags as words', [word('lovelace', 'example'), word('b', 'bold')], ['6']],
      ['letters of other scripts', [start('東')], ['7']],
      ['nothing', [word('nowhere')], []],
    ])('finds %s', async (_, terms, ids) => {
      expect(await found(match(terms))).toEqual(ids);
    });

    it('looks into the columns that are named only', async () => {
      expect(await found(match([word('ada')], ['name']))).toEqual(['1']);
      expect(await found(match([word('ada')], ['code']))).toEqual(['2', '6']);
      expect(await found(match([word('ada'), word('programmer')], ['name']))).toEqual([]);
    });

    it('finds words one after another wherever they stand in a long text', async () => {
      const filler = (count: number, text = 'x y z ') => text.repeat(count);
      const texts = {
        // Behind more words than a database may number.
        late: `${filler(8000)} grey harbour wall`,
        // Of words that stand there more often than a database may count.
        often: `${filler(400, 'the sea ')} the lighthouse ${filler(400, 'harbour of ')} harbour view`,
        // All words, nowhere one after another.
        apart: `${filler(8000)} harbour grey ${filler(400, 'the sea ')} lighthouse the view`,
        // Beyond what is indexed.
        beyond: `${filler(16_700)} grey harbour`,
      };
      const rows = Object.entries(texts).map(([id, code]) => ({ id, name: null, code }));
      await insertThings(current(), rows);
      expect(await found(match([word('grey', 'harbour')]))).toEqual(['late']);
      expect(await found(match([start('grey', 'harb')]))).toEqual(['late']);
      expect(await found(match([word('grey', 'harb')]))).toEqual([]);
      expect(await found(match([word('the', 'lighthouse')]))).toEqual(['often']);
      expect(await found(match([word('of', 'harbour', 'view')]))).toEqual(['often']);
      const not: RowFilter = { op: 'not', arg: match([start('harbour', 'vi')]) };
      expect(await found(not)).toEqual([
        '1',
        '2',
        '3',
        '4',
        '5',
        '6',
        '7',
        'apart',
        'beyond',
        'late',
      ]);
    });

    it('is true or false, so it can be turned round', async () => {
      const filter: RowFilter = { op: 'not', arg: match([word('ada')]) };
      expect(await found(filter)).toEqual(['3', '4', '5', '7']);
      const both: RowFilter = {
        op: 'and',
        args: [match([word('ada')]), { op: 'ne', field: 'id', value: '1' }],
      };
      expect(await found(both)).toEqual(['2', '6']);
    });

    it('follows each write, and what is undone with it', async () => {
      const driver = current();
      const byId = (value: string): RowFilter => ({ op: 'eq', field: 'id', value });
      await driver.transaction(async (session) => {
        await session.update({ table, set: { name: 'zebra' }, where: byId('1') });
        await session.update({ table, set: { size: 9 }, where: byId('2') });
        await session.delete({ table, where: byId('6') });
        // In the transaction itself already.
        const columns = ['id'];
        expect(await session.find({ table, columns, where: match([word('zebra')]) })).toHaveLength(
          1,
        );
      });
      expect(await found(match([word('ada')]))).toEqual(['2']);
      const undone = driver.transaction(async (session) => {
        await session.update({ table, set: { name: 'giraffe' }, where: byId('1') });
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await found(match([word('zebra')]))).toEqual(['1']);
      expect(await found(match([word('giraffe')]))).toEqual([]);
    });

    it('ranks', async () => {
      const derived: DerivedColumn[] = [
        { kind: 'rank', alias: 'd:r', match: match([word('ada')]) },
      ];
      const rows = await current().reader.find({
        table,
        columns: ['id', 'd:r'],
        derived,
        where: match([word('ada')]),
        orderBy: [
          { field: 'd:r', direction: 'desc' },
          { field: 'id', direction: 'asc' },
        ],
      });
      // The first column counts most.
      expect(rows[0]?.['id']).toBe('1');
      expect(rows).toHaveLength(3);
      for (const row of rows) expect(row['d:r']).toBeTypeOf('number');
    });

    it('is seen as it is, follows renames and can be dropped', async () => {
      const driver = current();
      const shape = async (name: string) =>
        (await driver.introspect()).find((one) => one.name === name)?.indexes ?? [];
      expect(await shape('thing')).toContainEqual(index);
      const names = (await driver.introspect()).map(({ name }) => name);
      expect(names.filter((name) => name.includes('fts'))).toEqual([]);
      await driver.applySchema([
        { kind: 'renameColumn', table: 'thing', from: 'code', to: 'label' },
        { kind: 'renameTable', from: 'thing', to: 'object' },
      ]);
      const renamed = { ...index, columns: ['name', 'label'] };
      expect(await shape('object')).toContainEqual(renamed);
      const after = {
        ...table,
        name: 'object',
        columns: table.columns.map((column) =>
          column.name === 'code' ? { ...column, name: 'label' } : column,
        ),
      };
      const where: RowFilter = { ...match([word('compiler')], ['label']), index: renamed };
      const rows = await driver.reader.find({ table: after, columns: ['id'], where });
      expect(rows).toEqual([{ id: '2' }]);
      await driver.applySchema([
        { kind: 'dropIndex', table: 'object', index: index.name, fullText: true },
      ]);
      expect(await shape('object')).not.toContainEqual(renamed);
      await driver.applySchema([{ kind: 'createIndex', table: after, index: renamed }]);
      expect(await driver.reader.find({ table: after, columns: ['id'], where })).toEqual(rows);
    });
  });
}

import type { AccessPolicy, Query } from '@objectos/spec/contracts';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  article: `
label: Article
fields:
  body: { type: textarea, searchable: true }
  name: { type: text, searchable: true }
  note: { type: text, searchable: true }
  team: { type: text }
`,
  plain: `
label: Plain
enable: { searchable: false }
fields:
  name: { type: text, searchable: true }
`,
};

const ROWS = [
  { name: 'Harbour report', body: 'Ships and cranes. The harbour is deep.', team: 'a' },
  { name: 'Ships', body: 'A list of ships.', note: 'confidential harbour', team: 'a' },
  { name: 'Café menu', body: 'Crème brûlée, NEW York cheesecake', team: 'b' },
  { name: 'Shipping rates', body: null, note: 'secret-code 42', team: 'b' },
];

async function open(access?: AccessPolicy) {
  engine = await openEngine({ objects: OBJECTS, access });
  await engine.insertMany('article', ROWS, access === undefined ? system : user({ id: 'author' }));
}

async function names(query: Query, ctx = system): Promise<unknown[]> {
  const { records } = await engine.find('article', query, ctx);
  return records.map((record) => record['name']);
}

const byName = [{ field: 'name', direction: 'asc' }] as const;

describe('a search', () => {
  it.each<[string, string[]]>([
    ['ship', ['Harbour report', 'Shipping rates', 'Ships']],
    ['"ship"', []],
    ['"ships" harbour', ['Harbour report', 'Ships']],
    ['cafe CREME', ['Café menu']],
    ['"new york"', ['Café menu']],
    ['"york new"', []],
    ['"new yo"', []],
    ['secret-code', ['Shipping rates']],
    ['42', ['Shipping rates']],
    ['  ', ['Café menu', 'Harbour report', 'Shipping rates', 'Ships']],
    ['!!!', []],
    ['ship*', ['Harbour report', 'Shipping rates', 'Ships']],
    ['x'.repeat(400), []],
  ])('for %s finds %j', async (search, expected) => {
    await open();
    expect(await names({ search, orderBy: byName })).toEqual(expected);
    const { total } = await engine.find('article', { search, count: 'exact' }, system);
    expect(total).toBe(expected.length);
  });

  it('puts the best first, unless it says otherwise', async () => {
    await open();
    expect((await names({ search: 'harbour' }))[0]).toBe('Harbour report');
    expect((await names({ search: 'ships' }))[0]).toBe('Ships');
    expect(
      await names({ search: 'harbour', orderBy: [{ field: 'name', direction: 'desc' }] }),
    ).toEqual(['Ships', 'Harbour report']);
    const first = await engine.find('article', { search: 'ship', limit: 2, cursor: '' }, system);
    const { next: cursor } = first;
    const second = await engine.find('article', { search: 'ship', limit: 2, cursor }, system);
    const seen = [...first.records, ...second.records].map((record) => record['name']);
    expect(seen.sort()).toEqual(['Harbour report', 'Shipping rates', 'Ships']);
  });

  it('joins other conditions, groups and pages', async () => {
    await open();
    const where = { op: 'eq', field: 'team', value: 'b' } as const;
    expect(await names({ search: 'ship', where })).toEqual(['Shipping rates']);
    const groups = await engine.aggregate(
      'article',
      { search: 'ship', groupBy: [{ field: 'team' }], aggregations: [{ function: 'count' }] },
      system,
    );
    expect(groups.rows).toEqual([
      { team: 'a', count: 2 },
      { team: 'b', count: 1 },
    ]);
    expect(await names({ search: 'ship', orderBy: byName, limit: 1, offset: 1 })).toEqual([
      'Shipping rates',
    ]);
  });

  it('follows changes, deletions and restoring', async () => {
    await open();
    const { records } = await engine.find('article', { search: '"ships" list' }, system);
    const id = records[0]?.['id'] as string;
    await engine.update('article', id, { body: 'Nothing to see' }, system);
    expect(await names({ search: 'list' })).toEqual([]);
    await engine.delete('article', id, system);
    expect(await names({ search: 'nothing' })).toEqual([]);
    expect(await names({ search: 'nothing', deleted: 'only' })).toEqual(['Ships']);
    await engine.restore('article', id, system);
    expect(await names({ search: 'nothing' })).toEqual(['Ships']);
    const rehearsed = await engine.rehearse(system, (ctx) =>
      engine.update('article', id, { body: 'tulip' }, ctx),
    );
    expect(rehearsed).toBeDefined();
    expect(await names({ search: 'tulip' })).toEqual([]);
  });

  it('marks what it found', async () => {
    await open();
    const { records, highlights } = await engine.find(
      'article',
      { search: 'creme "new york"', highlight: true },
      system,
    );
    expect(highlights?.[records[0]?.['id'] as string]).toEqual({
      body: '<mark>Crème</mark> brûlée, <mark>NEW York</mark> cheesecake',
    });
  });

  it('looks only into what one may read: fields', async () => {
    await open({
      decide: ({ id }) =>
        id === 'author'
          ? { allowed: true }
          : { allowed: true, readable: new Set(['name', 'body', 'team']) },
    });
    expect(await names({ search: 'confidential' }, user())).toEqual([]);
    expect(await names({ search: 'secret' }, user())).toEqual([]);
    // Found by its body, and the hidden note adds nothing to its place.
    expect(await names({ search: 'harbour' }, user())).toEqual(['Harbour report']);
    expect(await names({ search: 'ships harbour' }, user())).toEqual(['Harbour report']);
    const ids = (await engine.find('article', { search: 'ship' }, user())).records.map(
      (record) => record['id'] as string,
    );
    expect(ids).toEqual([...ids].sort());
  });

  it('looks only into what one may read: records', async () => {
    await open({
      decide: () => ({ allowed: true, rows: { op: 'eq', field: 'team', value: 'b' } }),
    });
    expect(await names({ search: 'ship' }, user())).toEqual(['Shipping rates']);
    expect((await engine.find('article', { search: 'ship', count: true }, user())).total).toBe(1);
  });

  it('is refused where nothing is searchable', async () => {
    await open();
    await expect(engine.find('plain', { search: 'x' }, system)).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
  });

  it('takes any text', async () => {
    await open();
    const piece = fc.oneof(
      fc.constantFrom('"', '*', ':', '(', ')', '-', '^', '{', '}', '\0', "'", '\\', '&', '|', '!'),
      fc.constantFrom('AND', 'OR', 'NOT', 'NEAR', ' ', '<->', ':*', 'name', 'c0', '--', ';'),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(texts, async (search) => {
        const found = await engine
          .find('article', { search, highlight: true }, system)
          .catch((error: unknown) => error);
        if (found instanceof Error) expect(found).toMatchObject({ code: 'limit_exceeded' });
      }),
      { numRuns: 300 },
    );
  });

  it('finds what was there before its field became searchable', async () => {
    const plain = OBJECTS.article.replace(
      'name: { type: text, searchable: true }',
      'name: { type: text }',
    );
    engine = await openEngine({ objects: { article: plain } });
    await engine.insertMany('article', ROWS, system);
    expect(await names({ search: 'menu' })).toEqual([]);
    await engine.loadSources([{ file: 'objects/article.object.yml', text: OBJECTS.article }]);
    expect(await names({ search: 'menu' })).toEqual(['Café menu']);
  });
});

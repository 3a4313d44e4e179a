import type { AggregateQuery, Filter, Query } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  reading: `
label: Reading
fields:
  place: { type: text, index: true }
  kind: { type: text }
  value: { type: number }
  up: { type: lookup, reference: reading }
indexes:
  - { fields: [kind, value] }
`,
};

async function withReadings(scanLimit: number | undefined, count = 6) {
  engine = await openEngine({
    objects: OBJECTS,
    access: { decide: () => ({ allowed: true }) },
    scanLimit,
  });
  const rows = Array.from({ length: count }, (_, at) => ({
    place: `p${at}`,
    kind: 'k',
    value: at,
  }));
  await engine.insertMany('reading', rows, user());
}

const is = (field: string, value: string): Filter => ({ op: 'eq', field, value });
const by = (field: string): Query => ({ orderBy: [{ field, direction: 'asc' }] });

describe('a list of a large table', () => {
  it.each<[string, Query]>([
    ['in the stable order', {}],
    ['by an indexed field', { where: is('place', 'p1') }],
    ['by the first field of an index', { where: is('kind', 'k') }],
    [
      'by an indexed field among others',
      { where: { op: 'and', args: [is('created_by', 'u1'), is('place', 'p1')] } },
    ],
    [
      'by one of two indexed fields',
      { where: { op: 'or', args: [is('place', 'p1'), is('id', 'x')] } },
    ],
    ['in the order of an index', by('place')],
    [
      'below a record',
      { where: { op: 'tree', operator: 'descendantsOf', field: 'up', value: 'x' } },
    ],
  ])('is read %s', async (_name, query) => {
    await withReadings(5);
    await expect(engine.find('reading', query, user())).resolves.toBeDefined();
  });

  it.each<[string, Query, string[]]>([
    ['a filter without an index', { where: is('created_by', 'u1') }, ['created_by']],
    ['an order without an index', by('value'), ['value']],
    [
      'both',
      {
        where: {
          op: 'and',
          args: [is('created_by', 'u1'), { op: 'contains', field: 'kind', value: 'k' }],
        },
        ...by('created_at'),
      },
      ['created_by', 'created_at'],
    ],
    [
      'a range',
      {
        where: { op: 'and', args: [{ op: 'gt', field: 'value', value: 1 }, is('created_by', 'x')] },
      },
      ['created_by', 'value'],
    ],
    ['a part of a text', { where: { op: 'contains', field: 'place', value: 'p' } }, []],
    ['an empty field', { where: { op: 'eq', field: 'place', value: null } }, ['place']],
    ['a negation', { where: { op: 'not', arg: is('place', 'p1') } }, []],
    [
      'one of two fields without an index',
      { where: { op: 'or', args: [is('place', 'p1'), is('created_by', 'x')] } },
      [],
    ],
    ['a related record', { where: { op: 'related', relation: 'up', where: is('place', 'x') } }, []],
  ])('is refused by %s, with the index to add', async (_name, query, index) => {
    await withReadings(5);
    await expect(engine.find('reading', query, user())).rejects.toMatchObject({
      code: 'scan_refused',
      params: { object: 'reading', max: 5, index },
    });
    await expect(engine.find('reading', query, system)).resolves.toBeDefined();
  });

  it('is neither grouped nor counted by a filter without an index', async () => {
    await withReadings(5);
    const refused = (index: string[]) => ({ code: 'scan_refused', params: { index } });
    const sum = [{ function: 'sum', field: 'value' } as const];
    const where = is('created_by', 'u1');
    const aggregate = (query: AggregateQuery, ctx = user()) =>
      engine.aggregate('reading', query, ctx);
    await expect(aggregate({ aggregations: sum })).rejects.toMatchObject(refused([]));
    await expect(aggregate({ groupBy: [{ field: 'kind' }] })).rejects.toMatchObject(refused([]));
    await expect(aggregate({ aggregations: sum, where })).rejects.toMatchObject(
      refused(['created_by']),
    );
    await expect(engine.distinct('reading', 'kind', user())).rejects.toMatchObject(refused([]));
    await expect(engine.count('reading', { where }, user())).rejects.toMatchObject(
      refused(['created_by']),
    );
    const narrow = { aggregations: sum, where: is('kind', 'k') };
    expect((await aggregate(narrow)).rows).toEqual([{ sum_value: 15 }]);
    expect(await engine.count('reading', { where: is('place', 'p1') }, user())).toBe(1);
    // All of them are counted, as every list does.
    expect(await engine.count('reading', {}, user())).toBe(6);
    expect((await aggregate({ aggregations: [{ function: 'count' }] })).rows).toEqual([
      { count: 6 },
    ]);
    expect((await aggregate({ aggregations: sum }, system)).rows).toHaveLength(1);
  });

  it('is one from the limit on, which may be switched off', async () => {
    await withReadings(6);
    await expect(engine.find('reading', by('value'), user())).resolves.toBeDefined();
    await engine.close();
    await withReadings(0);
    await expect(engine.find('reading', by('value'), user())).resolves.toBeDefined();
    await engine.close();
    await withReadings(undefined);
    await expect(engine.find('reading', by('value'), user())).resolves.toBeDefined();
  });

  it('is counted anew when its table may have grown', async () => {
    let now = Date.now();
    engine = await openEngine({
      objects: OBJECTS,
      access: { decide: () => ({ allowed: true }) },
      scanLimit: 1,
      now: () => now,
    });
    await engine.insert('reading', { place: 'a' }, user());
    await engine.find('reading', by('value'), user());
    await engine.insertMany('reading', [{ place: 'b' }, { place: 'c' }], user());
    await engine.find('reading', by('value'), user());
    now += 61_000;
    await expect(engine.find('reading', by('value'), user())).rejects.toMatchObject({
      code: 'scan_refused',
    });
  });
});

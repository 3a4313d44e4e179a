import type { AccessPolicy, AggregateQuery } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  account: `
label: Account
fields:
  name: { type: text }
  region: { type: text }
`,
  deal: `
label: Deal
fields:
  name: { type: text }
  stage: { type: select, options: [{ value: open }, { value: won }, { value: lost }] }
  amount: { type: currency }
  units: { type: number, scale: 0 }
  closed: { type: datetime }
  due: { type: date }
  hot: { type: boolean }
  tags: { type: tags }
  account: { type: lookup, reference: account }
`,
};

async function withDeals(access?: AccessPolicy) {
  engine = await openEngine({ access, objects: OBJECTS });
  const ctx = access === undefined ? system : user();
  const add = async (object: string, data: Record<string, unknown>) =>
    (await engine.insert(object, data, ctx))['id'] as string;
  const eu = await add('account', { name: 'A', region: 'EU' });
  const us = await add('account', { name: 'B', region: 'US' });
  const rows = [
    ['d1', 'open', 10.1, 1, '2026-03-31T22:30:00Z', eu],
    ['d2', 'won', 20.2, 2, '2026-03-31T21:30:00Z', eu],
    ['d3', 'won', 30.3, null, '2026-04-01T00:00:00Z', us],
    ['d4', 'lost', null, 4, null, us],
    ['d5', null, 50, 5, '2026-12-31T23:59:59Z', null],
  ] as const;
  for (const [name, stage, amount, units, closed, account] of rows) {
    await add('deal', { name, stage, amount, units, closed, account, hot: amount === 50 });
  }
}

const rowsOf = async (query: AggregateQuery, ctx = system) =>
  (await engine.aggregate('deal', query, ctx)).rows;
const refused = (query: AggregateQuery, code: string, ctx = system) =>
  expect(engine.aggregate('deal', query, ctx)).rejects.toMatchObject({ code });

describe('aggregate', () => {
  it('computes over all records when there is no group', async () => {
    await withDeals();
    expect(
      await rowsOf({
        aggregations: [
          { function: 'count' },
          { function: 'count', field: 'units', alias: 'with_units' },
          { function: 'count_distinct', field: 'stage' },
          { function: 'sum', field: 'amount', alias: 'total' },
          { function: 'avg', field: 'units' },
          { function: 'min', field: 'closed' },
          { function: 'max', field: 'name' },
        ],
      }),
    ).toEqual([
      {
        count: 5,
        with_units: 4,
        count_distinct_stage: 3,
        total: 110.6,
        avg_units: 3,
        min_closed: '2026-03-31T21:30:00.000Z',
        max_name: 'd5',
      },
    ]);
  });

  it('groups, keeps groups, sorts and limits them', async () => {
    await withDeals();
    const query: AggregateQuery = {
      groupBy: [{ field: 'stage' }],
      aggregations: [{ function: 'count' }, { function: 'sum', field: 'amount', alias: 'total' }],
    };
    expect(await rowsOf(query)).toEqual([
      { stage: null, count: 1, total: 50 },
      { stage: 'lost', count: 1, total: null },
      { stage: 'open', count: 1, total: 10.1 },
      { stage: 'won', count: 2, total: 50.5 },
    ]);
    const orderBy = [{ field: 'total', direction: 'desc' }] as const;
    const having = { op: 'gt', field: 'total', value: 20 } as const;
    expect(await engine.aggregate('deal', { ...query, orderBy, having, limit: 1 }, system)).toEqual(
      { rows: [{ stage: 'won', count: 2, total: 50.5 }], hasMore: true },
    );
    const second = { ...query, orderBy, having, limit: 1, offset: 1 };
    expect(await engine.aggregate('deal', second, system)).toEqual({
      rows: [{ stage: null, count: 1, total: 50 }],
      hasMore: false,
    });
  });

  it('groups by spans of time in a zone, and by fields of related records', async () => {
    await withDeals();
    const count = [{ function: 'count' }] as const;
    const month = { field: 'closed', bucket: 'month', alias: 'month' } as const;
    expect(await rowsOf({ groupBy: [month], aggregations: count })).toEqual([
      { month: null, count: 1 },
      { month: '2026-03-01', count: 2 },
      { month: '2026-04-01', count: 1 },
      { month: '2026-12-01', count: 1 },
    ]);
    const berlin = { ...month, timeZone: 'Europe/Berlin' };
    expect(await rowsOf({ groupBy: [berlin], aggregations: count })).toEqual([
      { month: null, count: 1 },
      { month: '2026-03-01', count: 1 },
      { month: '2026-04-01', count: 2 },
      { month: '2027-01-01', count: 1 },
    ]);
    expect(
      await rowsOf({
        groupBy: [{ field: 'account.region' }],
        aggregations: [
          { function: 'count' },
          { function: 'count', where: { op: 'eq', field: 'stage', value: 'won' }, alias: 'won' },
        ],
        having: {
          op: 'related',
          relation: 'account',
          where: { op: 'isNull', field: 'region', value: false },
        },
        orderBy: [{ field: 'account.region', direction: 'desc' }],
      }),
    ).toEqual([
      { 'account.region': 'US', count: 2, won: 1 },
      { 'account.region': 'EU', count: 2, won: 1 },
    ]);
  });

  it('tells different values', async () => {
    await withDeals();
    expect(await engine.distinct('deal', 'stage', system)).toEqual([null, 'lost', 'open', 'won']);
    const where = { op: 'isNull', field: 'account', value: false } as const;
    expect(await engine.distinct('deal', 'account.region', system, { where })).toEqual([
      'EU',
      'US',
    ]);
  });

  it.each<[string, AggregateQuery, string]>([
    ['nothing', {}, 'invalid_aggregate'],
    ['an unknown field', { groupBy: [{ field: 'nope' }] }, 'unknown_field'],
    ['a list', { groupBy: [{ field: 'tags' }] }, 'invalid_aggregate'],
    ['a bucket of no date', { groupBy: [{ field: 'name', bucket: 'day' }] }, 'invalid_aggregate'],
    [
      'a zone that is none',
      { groupBy: [{ field: 'closed', bucket: 'day', timeZone: 'Mars/Olympus' }] },
      'invalid_aggregate',
    ],
    [
      'a zone without a bucket',
      { groupBy: [{ field: 'closed', timeZone: 'UTC' }] },
      'invalid_aggregate',
    ],
    ['a sum of texts', { aggregations: [{ function: 'sum', field: 'name' }] }, 'invalid_aggregate'],
    ['a sum of nothing', { aggregations: [{ function: 'sum' }] }, 'invalid_aggregate'],
    [
      'the smallest boolean',
      { aggregations: [{ function: 'min', field: 'hot' }] },
      'invalid_aggregate',
    ],
    [
      'the same name twice',
      { aggregations: [{ function: 'count' }, { function: 'count' }] },
      'invalid_aggregate',
    ],
    [
      'a name that is none',
      { aggregations: [{ function: 'count', alias: 'a"; drop' }] },
      'invalid_aggregate',
    ],
    [
      'an inherited name',
      { aggregations: [{ function: 'count', alias: 'constructor' }] },
      'invalid_aggregate',
    ],
    [
      'a condition on what is not in the answer',
      {
        aggregations: [{ function: 'count' }],
        having: { op: 'gt', field: 'amount', value: 1 },
      },
      'invalid_filter',
    ],
    [
      'an order of what is not in the answer',
      {
        aggregations: [{ function: 'count' }],
        orderBy: [{ field: 'amount', direction: 'asc' }],
      },
      'invalid_sort',
    ],
    ['a way through a list', { groupBy: [{ field: 'account.deal.name' }] }, 'invalid_aggregate'],
    ['too many groups', { groupBy: [{ field: 'name' }], limit: 10_001 }, 'limit_exceeded'],
    ['no group at all', { groupBy: [{ field: 'name' }], limit: 0 }, 'invalid_parameter'],
    [
      'too many keys',
      { groupBy: Array.from({ length: 11 }, (_, at) => ({ field: 'name', alias: `n${at}` })) },
      'limit_exceeded',
    ],
  ])('refuses %s', async (_name, query, code) => {
    await withDeals();
    await refused(query, code);
  });

  it('sees only what the principal may see', async () => {
    await withDeals({
      decide(principal, object) {
        if (principal.id !== 'clerk') return { allowed: true };
        if (object === 'account') return { allowed: false, reason: 'no grant' };
        return {
          allowed: true,
          readable: new Set(['name', 'stage']),
          rows: { op: 'ne', field: 'stage', value: 'won' },
        };
      },
    });
    const clerk = user({ id: 'clerk' });
    expect(await rowsOf({ aggregations: [{ function: 'count' }] }, clerk)).toEqual([{ count: 3 }]);
    expect(await engine.distinct('deal', 'stage', clerk)).toEqual([null, 'lost', 'open']);
    const hidden: AggregateQuery[] = [
      { aggregations: [{ function: 'sum', field: 'amount' }] },
      { aggregations: [{ function: 'count', where: { op: 'gt', field: 'amount', value: 1 } }] },
      { groupBy: [{ field: 'amount' }] },
      { groupBy: [{ field: 'account.region' }] },
    ];
    for (const query of hidden) await refused(query, 'unknown_field', clerk);
  });
});

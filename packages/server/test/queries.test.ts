import { beforeEach, describe, expect, it } from 'vitest';
import { recordsOf, startServer, type Answer, type TestServer } from './support.js';

const FILES = {
  'objects/company.object.yml': `
name: company
label: Company
pluralLabel: Companies
fields:
  name: { type: text, searchable: true }
  region: { type: text }
  parent: { type: lookup, reference: company }
`,
  'objects/deal.object.yml': `
name: deal
label: Deal
pluralLabel: Deals
fields:
  name: { type: text, searchable: true }
  notes: { type: textarea, searchable: true }
  stage: { type: select, options: [{ value: open }, { value: won }] }
  amount: { type: currency }
  budget: { type: currency }
  closed: { type: datetime }
  company: { type: lookup, reference: company }
`,
  'objects/plain.object.yml': `
name: plain
label: Plain
pluralLabel: Plains
enable: { apiMethods: [list, get] }
fields:
  name: { type: text }
`,
};

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ files: FILES });
  const companies = await server.call('POST', '/api/data/company/createMany', {
    body: [
      { name: 'Acme & Sons', region: 'EU' },
      { name: 'Beta', region: 'US' },
    ],
  });
  const [acme, beta] = recordsOf<{ id: string }>(companies);
  const deals = [
    ['one', 'Likes <b>tea</b>', 'open', 10, 20, '2026-03-31T22:30:00Z', acme?.id],
    ['two', 'tea and coffee', 'won', 30, 20, '2026-03-31T21:30:00Z', acme?.id],
    ['three', null, 'won', 50, 50, '2026-04-15T00:00:00Z', beta?.id],
    ['four', 'coffee', null, null, 1, null, null],
  ].map(([name, notes, stage, amount, budget, closed, company]) => {
    return { name, notes, stage, amount, budget, closed, company };
  });
  await server.call('POST', '/api/data/deal/createMany', { body: deals });
});

const get = (query: string) => server.call('GET', `/api/data/deal${query}`);
const names = (answer: Answer) => recordsOf(answer).map((record) => record['name']);
const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

describe('lists', () => {
  it.each<[string, string[]]>([
    ['?company.region=EU&sort=name', ['one', 'two']],
    [`?filter=${json({ company: { region: { $ne: 'EU' } } })}&sort=name`, ['four', 'three']],
    [`?filter=${json(['company.region', 'in', ['US']])}`, ['three']],
    [`?filter=${json({ amount: { $gt: { $field: 'budget' } } })}`, ['two']],
    ['?sort=-company.name,name', ['three', 'one', 'two', 'four']],
    ['?search=tea&sort=name', ['one', 'two']],
    ['?search=tea%20coffee', ['two']],
    ['?search=%22tea%20and%22', ['two']],
    ['?search=&sort=name&top=1', ['four']],
  ])('%s', async (query, expected) => {
    const answer = await get(query);
    expect(answer.status, answer.text).toBe(200);
    expect(names(answer)).toEqual(expected);
  });

  it('select fields of related records', async () => {
    const answer = await get('?select=name,company.region&top=1&sort=name&skip=1');
    const [{ id: company } = { id: '' }] = recordsOf<{ id: string }>(
      await server.call('GET', '/api/data/company?region=EU'),
    );
    expect(recordsOf(answer)).toEqual([
      { id: expect.any(String) as string, name: 'one', company: { id: company, region: 'EU' } },
    ]);
  });

  it('page by cursor, in the URL and in a body', async () => {
    const first = await get('?sort=name&top=3&cursor=');
    expect(names(first)).toEqual(['four', 'one', 'three']);
    const { data } = first.body as { data: Record<string, unknown> };
    expect(data).not.toHaveProperty('total');
    const cursor = data['next'] as string;
    const second = await server.call('POST', '/api/data/deal/query', {
      body: { orderBy: 'name', limit: 3, cursor, count: 'exact' },
    });
    expect(names(second)).toEqual(['two']);
    expect((second.body as { data: unknown }).data).toMatchObject({ total: 4, hasMore: false });
    const { previous } = (second.body as { data: { previous: string } }).data;
    expect(names(await get(`?sort=name&top=3&cursor=${previous}`))).toEqual(names(first));
    expect((await get(`?sort=-name&top=3&cursor=${cursor}`)).body).toMatchObject({
      code: 'invalid_cursor',
    });
  });

  it('mark what a search found, as safe HTML', async () => {
    const answer = await get('?search=TEA&highlight=true&sort=name');
    const { highlights } = (answer.body as { data: { highlights: Record<string, unknown> } }).data;
    expect(Object.values(highlights)).toEqual([
      { notes: 'Likes &lt;b&gt;<mark>tea</mark>&lt;/b&gt;' },
      { notes: '<mark>tea</mark> and coffee' },
    ]);
  });

  it.each<[string, string]>([
    ['?count=maybe', 'invalid_parameter'],
    ['?cursor=x', 'invalid_cursor'],
    ['?cursor=&skip=1', 'invalid_parameter'],
    ['?highlight=yes', 'invalid_parameter'],
    [`?search=${'x%20'.repeat(3)}${'yz'.repeat(300)}`, 'limit_exceeded'],
    [`?search=${Array.from({ length: 11 }, (_, at) => `w${at}`).join('%20')}`, 'limit_exceeded'],
    ['?company.nothing=EU', 'unknown_field'],
    ['?nothing.name=EU', 'unknown_parameter'],
    ['?sort=company', ''],
    ['?sort=deal.name', 'unknown_field'],
  ])('%s is refused', async (query, code) => {
    const answer = await get(query);
    expect([answer.status, (answer.body as { code?: string }).code]).toEqual(
      code === '' ? [200, undefined] : [400, code],
    );
  });

  it('are not searched where nothing is searchable', async () => {
    const answer = await server.call('GET', '/api/data/plain?search=x');
    expect(answer.body).toMatchObject({ code: 'invalid_parameter' });
  });
});

describe('groups', () => {
  const grouped = [
    { stage: null, count: 1, sum_amount: null },
    { stage: 'open', count: 1, sum_amount: 10 },
    { stage: 'won', count: 2, sum_amount: 80 },
  ];

  it.each<[string, string]>([
    ['our route', '/aggregate?groupBy=stage&aggregations=count,sum:amount'],
    [
      'the list, as published clients ask',
      `?groupBy=stage&aggregations=${json([
        { function: 'count' },
        { function: 'sum', field: 'amount' },
      ])}`,
    ],
  ])('are read by %s', async (_name, path) => {
    const answer = await get(path);
    expect(answer.status, answer.text).toBe(200);
    expect((answer.body as { data: unknown }).data).toEqual({
      object: 'deal',
      records: grouped,
      value: grouped,
      hasMore: false,
    });
  });

  it.each<[string, string, unknown]>([
    ['/aggregate', '', { groupBy: ['stage'], aggregations: 'count,sum:amount' }],
    ['/query', '', { object: 'deal', groupBy: 'stage', aggregations: ['count', 'sum:amount'] }],
    [
      '/query',
      ' of the old dialect',
      { groupBy: ['stage'], aggregate: [{ func: 'count' }, { func: 'sum', field: 'amount' }] },
    ],
  ])('are read by POST %s%s', async (path, _name, body) => {
    const answer = await server.call('POST', `/api/data/deal${path}`, { body });
    expect(answer.status, answer.text).toBe(200);
    expect(recordsOf(answer)).toEqual(grouped);
  });

  it('know spans of time, related fields, conditions and order', async () => {
    const having = json({ total: { $gt: 20 } });
    const answer = await get(
      `/aggregate?groupBy=closed:month:Europe/Berlin,company.region&aggregations=sum:amount:total&having=${having}&sort=-total&top=1&stage=won`,
    );
    expect(recordsOf(answer)).toEqual([
      { closed: '2026-04-01', 'company.region': 'US', total: 50 },
    ]);
    expect((answer.body as { data: { hasMore: boolean } }).data.hasMore).toBe(true);
    const counted = await server.call('POST', '/api/data/deal/aggregate', {
      body: {
        aggregations: [
          { function: 'count', distinct: true, field: 'stage', alias: 'stages' },
          { function: 'count', field: '*', alias: 'won', filter: { stage: 'won' } },
        ],
        search: 'tea',
      },
    });
    expect(recordsOf(counted)).toEqual([{ stages: 2, won: 1 }]);
  });

  it.each<[string, string]>([
    ['/aggregate', 'invalid_aggregate'],
    ['/aggregate?groupBy=nothing', 'unknown_field'],
    ['/aggregate?groupBy=closed:fortnight', 'invalid_aggregate'],
    ['/aggregate?aggregations=median:amount', 'invalid_aggregate'],
    ['/aggregate?aggregations=sum:a:b:c', 'invalid_aggregate'],
    ['/aggregate?aggregations=[', 'invalid_parameter'],
    ['/aggregate?aggregations=[1]', 'invalid_aggregate'],
    ['/aggregate?groupBy=[1]', 'invalid_aggregate'],
    ['/aggregate?groupBy={"field":"stage","by":1}', 'invalid_aggregate'],
    ['/aggregate?groupBy={"field":"closed","timeZone":"UTC"}', 'invalid_aggregate'],
    ['/aggregate?groupBy={"field":"closed","bucket":"day","timeZone":1}', 'invalid_aggregate'],
    [
      '/aggregate?aggregations={"function":"sum","field":"amount","distinct":true}',
      'invalid_aggregate',
    ],
    ['/aggregate?aggregations={"function":"count","distinct":1}', 'invalid_aggregate'],
    ['/aggregate?groupBy=stage&select=name', 'invalid_parameter'],
    ['/aggregate?groupBy=stage&count=true', 'invalid_parameter'],
    ['/aggregate?groupBy=stage&top=10001', 'limit_exceeded'],
    [`/aggregate?groupBy=${Array.from({ length: 11 }, () => 'stage').join(',')}`, 'limit_exceeded'],
    ['/aggregate?groupBy=stage&sort=amount', 'invalid_sort'],
    ['/aggregate?groupBy=stage&having={"amount":1}', 'invalid_filter'],
  ])('%s is refused', async (path, code) => {
    const answer = await get(path);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, code]);
  });

  it('are off where the object does not offer them', async () => {
    for (const path of ['/aggregate?groupBy=name', '?groupBy=name']) {
      const answer = await server.call('GET', `/api/data/plain${path}`);
      expect(answer.body).toMatchObject({ code: 'method_not_enabled' });
    }
  });
});

import { httpServerService } from '@objectos/spec/contracts';
import { createMemoryStateStore } from '@objectos/kernel';
import { createNodeCarrier } from '@objectos/kernel/node';
import { serverPlugin } from '@objectos/plugin-server';
import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { metadataLoaderService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

const OBJECTS: Readonly<Record<string, string>> = {
  company: `
name: company
label: Company
fields:
  name: { type: text, searchable: true }
  region: { type: text }
  parent: { type: tree, inverse: branches }
`,
  deal: `
name: deal
label: Deal
fields:
  name: { type: text, searchable: true, index: true }
  code: { type: text, unique: true }
  company: { type: lookup, reference: company, inverse: deals }
  about: { type: lookup, reference: [company, deal] }
  amount: { type: currency }
  discount: { type: percent }
  won: { type: boolean }
  closes: { type: date }
  seen: { type: datetime }
  opens: { type: time }
  notes: { type: json }
  tags: { type: tags }
  stage: { type: select, options: [{ value: new }, { value: won }] }
  token: { type: secret, encrypted: true }
  double: { type: formula, expression: 'amount * 2', returnType: currency }
`,
};

/** Stands in every text of the fuzz, and in no SQL. */
const MARK = 'm4rk';

const server = await findPostgres();

async function start(database: string) {
  const texts = new Set<string>();
  let url = ':memory:';
  if (database === 'postgres' && server !== undefined) {
    const place = await emptyPostgres(server);
    onTestFinished(() => place.drop());
    url = place.url;
  }
  const driver = new SqlDriver({ url, onStatement: (text) => texts.add(text) });
  const files = Object.entries(OBJECTS).map(([name, text]) => ({
    file: `objects/${name}.object.yml`,
    text,
  }));
  const kernel = await createTestKernel({
    plugins: [objectqlPlugin({ driver, applicationFiles: async () => files }), serverPlugin],
    config: { '@objectos/plugin-server': { port: 0 } },
    carrier: createNodeCarrier(),
    stateStore: createMemoryStateStore(),
    stopAfterTest: true,
  });
  expect(kernel.service(metadataLoaderService)).toBeDefined();
  const { url: base, startupToken = '' } = kernel.service(httpServerService);
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${startupToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  return { call, texts };
}

/** Each of these is tried, whatever chance brings. */
const KNOWN = [
  ...[`id"); drop table deal; --${MARK}`, `a'b${MARK}`, `${MARK}.b`, `' OR 1=1 --${MARK}`],
  ...[`\0${MARK}`, `${MARK}\\`, `%${MARK}_`, `company.name"${MARK}`, `${MARK}${'x'.repeat(5_000)}`],
];
const parts = ['$1', '?', '*/', '${x}', '{{x}}', '[]', '{}', ')', 'name', '__proto__', '-', ''];
const hostile = fc
  .tuple(fc.constantFrom(...parts), fc.string({ unit: 'binary', maxLength: 6 }))
  .map(([one, other]) => `${one}${MARK}${other}`);

/** Requests with a text in every position that takes one. */
function requestsWith(text: string): (readonly [method: string, path: string, body?: unknown])[] {
  const query = (body: object) => ['POST', '/api/data/deal/query', body] as const;
  const groups = (body: object) => ['POST', '/api/data/deal/aggregate', body] as const;
  const short = encodeURIComponent(text.slice(0, 300).replaceAll(/\p{Surrogate}/gu, ''));
  const url = (parameters: string) => ['GET', `/api/data/deal?${parameters}`] as const;
  const fields = ['name', 'amount', 'won', 'closes', 'seen', 'opens', 'tags', 'stage', 'company'];
  return [
    ...['filter', 'sort', 'select', 'expand', 'search', 'cursor', 'top', 'skip', 'count'].map(
      (parameter) => url(`${parameter}=${short}`),
    ),
    url(`${short}=1`),
    url(`name=${short}`),
    url(`notes.${short}=1`),
    url(`search=${short}&highlight=true`),
    url(`sort=name:${short}`),
    url(
      `sort=${encodeURIComponent(JSON.stringify([{ field: text.slice(0, 200), order: 'asc' }]))}`,
    ),
    ['GET', `/api/data/deal/${short.slice(0, 200)}`],
    ['GET', `/api/data/${short.slice(0, 200)}`],
    ['GET', `/api/data/deal/aggregate?groupBy=${short}&aggregations=count`],
    ['GET', `/api/data/deal/aggregate?groupBy=name&aggregations=sum:amount:${short}`],
    ['GET', `/api/data/deal/aggregate?groupBy=name&aggregations=${short}:amount`],
    ...fields.flatMap((field) =>
      ['$eq', '$ne', '$gt', '$contains', '$startsWith', '$like'].map((operator) =>
        query({ where: { [field]: { [operator]: text } } }),
      ),
    ),
    ...fields.map((field) => query({ where: { [field]: { $in: [text, text] } } })),
    query({ where: { [text]: 1 } }),
    query({ where: { name: { [text]: 1 } } }),
    query({ where: { name: { $field: text } } }),
    query({ where: { company: { [text]: 1 } } }),
    query({ where: { company: { name: { $contains: text } } } }),
    query({ where: { company: { parent: { $descendantsOf: text } } } }),
    query({ where: { [`notes.${text}`]: 1 } }),
    query({ where: { token: text } }),
    query({ orderBy: [{ field: text, order: 'asc' }] }),
    query({ orderBy: [{ field: 'name', order: text }] }),
    query({ orderBy: [{ field: `company.${text}`, order: 'asc' }] }),
    query({ fields: [text] }),
    query({ fields: [`company.${text}`] }),
    query({ expand: { [text]: {} } }),
    query({ expand: { company: { fields: [text], where: { name: text }, orderBy: text } } }),
    query({ search: text }),
    query({ search: text.slice(0, 200), highlight: true }),
    query({ cursor: text }),
    query({ limit: text }),
    query({ deleted: text }),
    groups({ groupBy: [text] }),
    groups({ groupBy: [{ field: 'closes', bucket: text }] }),
    groups({ groupBy: [{ field: 'seen', bucket: 'day', timeZone: text }] }),
    groups({ groupBy: [{ field: 'name', alias: text }] }),
    groups({ aggregations: [{ function: text, field: 'amount' }] }),
    groups({ aggregations: [{ function: 'sum', field: text }] }),
    groups({ aggregations: [{ function: 'sum', field: 'amount', alias: text }] }),
    groups({ aggregations: [{ function: 'count' }], having: { [text]: 1 } }),
    groups({ aggregations: [{ function: 'count' }], having: { count: { $gt: text } } }),
    groups({ groupBy: ['name'], orderBy: [{ field: text, order: 'asc' }] }),
    groups({ groupBy: ['name'], search: text.slice(0, 200) }),
    groups({ aggregations: [{ function: 'count', where: { name: text } }] }),
    ['POST', '/api/data/deal', { name: text, notes: { [text]: text }, tags: [text] }],
    ['POST', '/api/data/deal', { [text]: 1 }],
    ['POST', '/api/data/deal', { name: 'x', company: { create: { name: text } } }],
    ['POST', '/api/data/deal', { company: { connect: text } }],
    ['POST', '/api/data/company', { name: text, deals: { create: [{ [text]: 1 }], [text]: [] } }],
    ['POST', `/api/data/deal/upsert?by=${short}`, { name: text }],
    ['POST', '/api/data/deal/upsert?by=code', { code: text.slice(0, 200) }],
    ['POST', '/api/data/deal/updateMany', { filter: { name: text }, data: { won: true } }],
    ['POST', '/api/data/deal/deleteMany', { filter: { name: `${text}!` } }],
    ['PATCH', `/api/data/deal/${short.slice(0, 200)}`, { name: text }],
    ['POST', '/api/batch', { operations: [{ object: text, action: 'create', data: {} }] }],
  ];
}

describe.each(server === undefined ? ['sqlite'] : ['sqlite', 'postgres'])(
  'over HTTP, on %s',
  (database) => {
    it('no text becomes SQL, no text is a fault, and there are as many SQL texts as kinds of request', async () => {
      const { call, texts } = await start(database);
      await call('POST', '/api/data/deal', { name: 'Known', code: 'k' });
      const run = async (text: string) => {
        const asked = requestsWith(text).map(async ([method, path, body]) => {
          const answer = await call(method, path, body);
          const told = `${method} ${path.slice(0, 200)} ${JSON.stringify(body ?? '').slice(0, 300)}`;
          expect(answer.status, `${told}\n${answer.text}`).toBeLessThan(500);
        });
        await Promise.all(asked);
      };
      // What texts of each kind bring: words to search for, names that exist, patterns of each form.
      for (const text of ['name', 'x y', '%x', 'a_b', '1', '2026-01-01', '']) await run(text);
      for (const text of KNOWN) await run(text);
      const before = texts.size;
      await fc.assert(fc.asyncProperty(hostile, run), { numRuns: 4 });
      expect([...texts].filter((text) => text.includes(MARK))).toEqual([]);
      // A search has one condition for each of its words, ten at most.
      expect(texts.size - before).toBeLessThan(20);
    });
  },
);

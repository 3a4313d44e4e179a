import type { AccessPolicy, Near } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { normalizeQueryBody } from '../../src/index.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  page: `
label: Page
fields:
  name: { type: text, searchable: true, index: true }
  embedding: { type: vector, vectorConfig: { dimensions: 3 } }
  place: { type: vector, vectorConfig: { dimensions: 2, distanceMetric: euclidean } }
`,
};
const ROWS = [
  { name: 'east', embedding: [1, 0, 0], place: [1, 0] },
  { name: 'north', embedding: [0, 2, 0], place: [0, 2] },
  { name: 'northeast', embedding: [1, 1, 0], place: [1, 1] },
  { name: 'nowhere' },
];
const near: Near = { field: 'embedding', vector: [5, 1, 0] };

async function open(options: { access?: AccessPolicy; scanLimit?: number } = {}) {
  engine = await openEngine({ objects: OBJECTS, ...options });
  const author = options.access === undefined ? system : user({ id: 'author' });
  await engine.insertMany('page', ROWS, author);
}

describe('what is near', () => {
  it('comes first, with its distance, and what has no vector does not come', async () => {
    await open();
    const { records, distances, total } = await engine.find('page', { near, count: true }, system);
    expect(records.map(({ name }) => name)).toEqual(['east', 'northeast', 'north']);
    expect(total).toBe(3);
    expect(records[0]).toMatchObject({ embedding: [1, 0, 0] });
    expect(Object.keys(records[0] ?? {}).filter((name) => name.includes(':'))).toEqual([]);
    const [first, second] = records.map(({ id }) => distances?.[id as string] ?? Number.NaN);
    expect(first).toBeCloseTo(0.019419, 6);
    expect(second).toBeCloseTo(0.16795, 6);
    const byPlace = {
      near: { field: 'place', vector: [0, 3] },
      fields: ['name'],
      limit: 1,
      offset: 1,
    };
    const page = await engine.find('page', byPlace, system);
    expect(page.records.map(({ name }) => name)).toEqual(['northeast']);
    expect(Object.values(page.distances ?? {})[0]).toBeCloseTo(Math.sqrt(5), 9);
    const product: Near = { ...near, metric: 'dotProduct' };
    const where = { op: 'startsWith', field: 'name', value: 'n' } as const;
    const filtered = await engine.find('page', { near: product, where, search: 'north' }, system);
    expect(filtered.records.map(({ name }) => name)).toEqual(['northeast', 'north']);
  });

  it.each<[string, object, string]>([
    ['a vector of another length', { near: { ...near, vector: [1] } }, 'has 3 numbers'],
    ['a field that is no vector', { near: { ...near, field: 'name' } }, 'is no vector'],
    ['an order beside it', { near, orderBy: [{ field: 'name', direction: 'asc' }] }, 'an order'],
    ['a cursor beside it', { near, cursor: '' }, 'no cursor'],
  ])('refuses %s', async (_, query, reason) => {
    await open();
    const asked = engine.find('page', query, system);
    await expect(asked).rejects.toMatchObject({ code: 'invalid_parameter' });
    await expect(asked).rejects.toThrow(reason);
  });

  it('is unknown where the field may not be read', async () => {
    await open({
      access: {
        decide: ({ id }) =>
          id === 'author' ? { allowed: true } : { allowed: true, readable: new Set(['name']) },
      },
    });
    await expect(engine.find('page', { near }, user())).rejects.toMatchObject({
      code: 'unknown_field',
    });
  });

  it('looks at every row, so that a large table needs a filter', async () => {
    await open({ access: { decide: () => ({ allowed: true }) }, scanLimit: 3 });
    await expect(engine.find('page', { near }, user())).rejects.toMatchObject({
      code: 'scan_refused',
    });
    const where = { op: 'startsWith', field: 'name', value: 'n' } as const;
    expect((await engine.find('page', { near, where }, user())).records).toHaveLength(2);
  });

  it('is refused by name where the database cannot measure', async () => {
    await open();
    const driver = new Proxy(engine.driver, {
      get(target, name) {
        if (name === 'capabilities') return { ...target.capabilities, vectors: false };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const { createObjectQL } = await import('../../src/index.js');
    const other = createObjectQL({ driver });
    await other.loadSources([{ file: 'objects/page.object.yml', text: OBJECTS.page }]);
    await expect(other.find('page', { near }, system)).rejects.toMatchObject({
      code: 'driver_capability_missing',
      params: { capability: 'vectors' },
    });
  });
});

describe('the body of a query', () => {
  const read = (value: unknown) => normalizeQueryBody({ near: value }, { object: 'page' }).near;

  it('says it as an object or as JSON text', () => {
    expect(read(near)).toEqual(near);
    expect(read(JSON.stringify({ ...near, metric: 'cosine' }))).toEqual({
      ...near,
      metric: 'cosine',
    });
  });

  it.each([
    1,
    'x',
    '[]',
    {},
    { field: 'a' },
    { ...near, vector: ['1'] },
    { ...near, vector: 'x' },
    { ...near, field: "a'b" },
    { ...near, metric: 'x' },
    { ...near, also: 1 },
    { ...near, vector: [Number.POSITIVE_INFINITY] },
  ])('is refused as %j', (value) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }) as Error,
    );
  });
});

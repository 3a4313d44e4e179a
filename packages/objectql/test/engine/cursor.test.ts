import type { FindResult, Query } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureInstallationSecret } from '../../src/engine/installation-secret.js';
import { installationTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  team: `
label: Team
fields:
  name: { type: text }
`,
  person: `
label: Person
fields:
  name: { type: text }
  score: { type: number }
  team: { type: lookup, reference: team }
`,
};

async function withPeople() {
  engine = await openEngine({ objects: OBJECTS });
  const teams = await Promise.all(
    ['blue', 'red'].map((name) => engine.insert('team', { name }, system)),
  );
  const people = Array.from({ length: 23 }, (_, at) => ({
    name: `p${String(at % 5)}`,
    score: at % 4 === 0 ? null : at % 3,
    team: at % 3 === 0 ? null : teams[at % 2]?.['id'],
  }));
  await engine.insertMany('person', people, system);
}

const idsOf = ({ records }: FindResult) => records.map((record) => record['id']);

describe('cursors', () => {
  const orders: (readonly [string, Query['orderBy']])[] = [
    ['the stable order', undefined],
    ['a field with empty values', [{ field: 'score', direction: 'asc' }]],
    ['the same downwards', [{ field: 'score', direction: 'desc' }]],
    ['the newest first', [{ field: 'created_at', direction: 'desc' }]],
    [
      'two keys',
      [
        { field: 'name', direction: 'desc' },
        { field: 'score', direction: 'asc' },
      ],
    ],
    ['a field of a related record', [{ field: 'team.name', direction: 'desc' }]],
    ['the id downwards', [{ field: 'id', direction: 'desc' }]],
  ];

  it.each(orders)('walk through all records and back, by %s', async (_name, orderBy) => {
    await withPeople();
    const all = idsOf(await engine.find('person', { orderBy, limit: 100 }, system));
    const query = { orderBy, limit: 4, fields: ['name'] };
    const pages: unknown[][] = [];
    let page = await engine.find('person', { ...query, cursor: '' }, system);
    expect(page.previous).toBeUndefined();
    for (;;) {
      pages.push(idsOf(page));
      expect(Object.keys(page.records[0] ?? {}).sort()).toEqual(['id', 'name']);
      expect(page.hasMore).toBe(page.next !== undefined);
      if (page.next === undefined) break;
      page = await engine.find('person', { ...query, cursor: page.next }, system);
    }
    expect(pages.flat()).toEqual(all);
    const back: unknown[][] = [pages.at(-1) ?? []];
    while (page.previous !== undefined) {
      page = await engine.find('person', { ...query, cursor: page.previous }, system);
      expect(page.next).toBeDefined();
      back.unshift(idsOf(page));
    }
    expect(back).toEqual(pages);
  });

  it('stay in place while records come and go', async () => {
    await withPeople();
    const query: Query = { orderBy: [{ field: 'name', direction: 'asc' }], limit: 5 };
    const first = await engine.find('person', { ...query, cursor: '' }, system);
    await engine.insert('person', { name: 'a first one' }, system);
    await engine.delete('person', first.records[4]?.['id'] as string, system);
    const second = await engine.find('person', { ...query, cursor: first.next }, system);
    expect(idsOf(second).some((id) => idsOf(first).includes(id))).toBe(false);
    expect(second.records[0]).toMatchObject({ name: 'p1' });
  });

  it('may be counted beside', async () => {
    await withPeople();
    const first = await engine.find('person', { limit: 4, cursor: '', count: true }, system);
    expect(first.total).toBe(23);
    const second = await engine.find(
      'person',
      { limit: 40, cursor: first.next, count: 'exact' },
      system,
    );
    expect(second).toMatchObject({ total: 23, hasMore: false });
  });

  it('belong to their object, filter, order and principal, and are not made by hand', async () => {
    await withPeople();
    const query: Query = { orderBy: [{ field: 'name', direction: 'asc' }], limit: 4 };
    const { next: cursor = '' } = await engine.find('person', { ...query, cursor: '' }, system);
    const [content = '', signature = ''] = cursor.split('.');
    const forged = [
      'x',
      '.',
      `${content}.`,
      `.${signature}`,
      `${content}.${signature}x`,
      `${content}.${signature.slice(1)}`,
      `${content}x.${signature}`,
      `${btoa('["n","p4","x"]')}.${signature}`,
      `${cursor}.${signature}`,
      'x'.repeat(9_000),
    ];
    const refused = (object: string, changed: Query, ctx = system) =>
      expect(engine.find(object, changed, ctx)).rejects.toMatchObject({ code: 'invalid_cursor' });
    for (const one of forged) await refused('person', { ...query, cursor: one });
    await refused('team', { ...query, cursor });
    await refused('person', { ...query, cursor, orderBy: [] });
    await refused('person', { ...query, cursor, deleted: 'include' });
    await refused('person', { ...query, cursor, where: { op: 'ne', field: 'name', value: 'x' } });
    const tenant = { ...system, principal: { ...system.principal, tenantId: 'org-a' } };
    await refused('person', { ...query, cursor }, tenant);
    await expect(
      engine.find('person', { ...query, cursor, limit: 9, fields: ['score'] }, system),
    ).resolves.toMatchObject({ hasMore: true });
  });

  it('of two users differ, and those of one user end with a change of grants', async () => {
    engine = await openEngine({ objects: OBJECTS, access: { decide: () => ({ allowed: true }) } });
    const ann = user();
    await engine.insertMany('person', [{ name: 'a' }, { name: 'b' }, { name: 'c' }], ann);
    const { next: cursor } = await engine.find('person', { limit: 1, cursor: '' }, ann);
    for (const other of [user({ id: 'u2' }), user({ fingerprint: 'f2' })]) {
      await expect(engine.find('person', { limit: 1, cursor }, other)).rejects.toMatchObject({
        code: 'invalid_cursor',
      });
    }
    await expect(engine.find('person', { limit: 1, cursor }, user())).resolves.toBeDefined();
  });

  it.each([
    ['of three bytes', Uint8Array.from([1, 2, 3])],
    ['of one byte', new Uint8Array(32).fill(97)],
  ])('are not signed with a secret %s (secret_weak)', async (_name, bytes) => {
    engine = await openEngine({ objects: OBJECTS, secret: () => bytes });
    await engine.insertMany('person', [{ name: 'a' }, { name: 'b' }], system);
    await expect(engine.find('person', { limit: 1, cursor: '' }, system)).rejects.toMatchObject({
      code: 'secret_weak',
    });
  });

  it('are not signed with a secret that somebody put into the database', async () => {
    engine = await openEngine({ objects: OBJECTS });
    await engine.driver.transaction((session) =>
      session.update({
        table: installationTable,
        set: { value: '61'.repeat(32) },
        where: { op: 'eq', field: 'id', value: 'secret' },
      }),
    );
    await expect(ensureInstallationSecret(engine.driver)).rejects.toMatchObject({
      code: 'secret_weak',
    });
  });

  it('are of one installation, on all its nodes', async () => {
    const secret = () => Uint8Array.from({ length: 32 }, (_, at) => (at * at * 37 + 5) % 251);
    engine = await openEngine({ objects: OBJECTS, secret });
    await engine.insertMany('person', [{ name: 'a' }, { name: 'b' }], system);
    const { next: cursor } = await engine.find('person', { limit: 1, cursor: '' }, system);
    const others = [
      await openEngine({ objects: OBJECTS, secret }),
      await openEngine({ objects: OBJECTS }),
    ];
    const answers = await Promise.all(
      others.map((other) =>
        other.find('person', { limit: 1, cursor }, system).then(
          () => 'read',
          (error: unknown) => (error as { code: string }).code,
        ),
      ),
    );
    await Promise.all(others.map((other) => other.close()));
    expect(answers).toEqual(['read', 'invalid_cursor']);
  });

  it('are not mixed with offsets', async () => {
    await withPeople();
    for (const query of [
      { cursor: '', offset: 1 },
      { cursor: '', limit: 0 },
    ]) {
      await expect(engine.find('person', query, system)).rejects.toMatchObject({
        code: 'invalid_parameter',
      });
    }
  });
});

describe('counts', () => {
  it('are exact, estimated or left out', async () => {
    await withPeople();
    const total = async (count: Query['count']) => {
      const { total: number, totalIs } = await engine.find('person', { limit: 2, count }, system);
      return [number, totalIs];
    };
    expect(await total('exact')).toEqual([23, undefined]);
    expect(await total('estimated')).toEqual([23, undefined]);
    expect(await total('none')).toEqual([undefined, undefined]);
    await expect(total('about' as 'exact')).rejects.toMatchObject({ code: 'invalid_parameter' });
  });
});

import type { AccessPolicy, ExpandTree, Query, RecordData } from '@objectos/spec/contracts';
import { testDatabaseUrl } from '@objectos/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { countingDriver, type CountingDriver } from './counting-driver.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
let counting: CountingDriver;
afterEach(() => engine.close());

/** Six objects in a row, each with children in the next; and people at the last. */
const LEVELS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const OBJECTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    LEVELS.map((name, level) => {
      const above = LEVELS[level - 1];
      const up =
        above === undefined ? '' : `  up: { type: lookup, reference: ${above}, inverse: down }`;
      return [
        name,
        `label: ${name}\nfields:\n  name: { type: text }\n  size: { type: number }\n${up}\n`,
      ];
    }),
  ),
  person: `
label: Person
fields:
  name: { type: text, searchable: true }
  code: { type: text, unique: true }
  groups: { type: many_to_many, reference: group, inverse: members }
  boss: { type: lookup, reference: person }
`,
  group: `
label: Group
fields:
  name: { type: text }
  count: { type: summary, summaryOperations: { object: person_groups, function: count } }
`,
};

async function open(): Promise<void> {
  counting = countingDriver(await testDatabaseUrl());
  engine = await openEngine({ objects: OBJECTS, driver: counting.driver });
}

async function insert(object: string, rows: readonly RecordData[]): Promise<string[]> {
  const results = await engine.insertMany(object, rows, system);
  return results.map(({ id = '' }) => id);
}

/** Statements that `work` takes, of any kind. */
async function statements(work: () => Promise<unknown>): Promise<Record<string, number>> {
  counting.reset();
  await work();
  return { ...counting.reads, ...counting.counts };
}

describe('a list that is refused', () => {
  /** Rows that the engine counts before it decides how to find them; one field is hidden. */
  const own = {
    allowed: true,
    rows: {
      op: 'or',
      args: [
        { op: 'eq', field: 'owner_id', value: 'ann' },
        { op: 'eq', field: 'code', value: 'ann' },
      ],
    },
    readable: new Set(['id', 'name']),
  } as const;
  const access: AccessPolicy = {
    decide: (_principal, object) =>
      object === 'person' ? own : { allowed: false, reason: 'nobody reads it' },
  };

  it('sends no statement, neither for permission nor for what it asks', async () => {
    counting = countingDriver(await testDatabaseUrl());
    engine = await openEngine({ objects: OBJECTS, driver: counting.driver, access });
    await insert('person', [{ name: 'ann', code: 'ann' }]);
    const hidden: Query[] = [
      { where: { op: 'eq', field: 'code', value: 'x' } },
      { orderBy: [{ field: 'code', direction: 'asc' }] },
      { fields: ['code'] },
      { where: { op: 'eq', field: 'nosuch', value: 'x' } },
    ];
    const refused: (() => Promise<unknown>)[] = [
      () => engine.find('group', {}, user({ id: 'ann' })),
      () => engine.count('group', {}, user({ id: 'ann' })),
      ...hidden.map((query) => () => engine.find('person', query, user({ id: 'ann' }))),
      () => engine.count('person', hidden[0] ?? {}, user({ id: 'ann' })),
      () =>
        engine.aggregate(
          'person',
          { groupBy: [{ field: 'code' }], aggregations: [{ function: 'count', alias: 'n' }] },
          user({ id: 'ann' }),
        ),
    ];
    for (const work of refused) {
      counting.reset();
      await expect(work()).rejects.toMatchObject({
        code: expect.stringMatching(/permission_denied|unknown_field/),
      });
      expect({ ...counting.reads, ...counting.counts }).toEqual({});
    }
    const found = await statements(() => engine.find('person', {}, user({ id: 'ann' })));
    expect(found).not.toEqual({});
  });
});

describe('expanding', () => {
  const down = (depth: number): ExpandTree => ({
    down: {
      where: { op: 'gte', field: 'size', value: 0 },
      orderBy: [{ field: 'name', direction: 'desc' }],
      limit: 3,
      ...(depth > 1 ? { expand: down(depth - 1) } : {}),
    },
  });
  const up = (depth: number): ExpandTree => ({
    up: depth > 1 ? { expand: up(depth - 1) } : {},
  });

  async function grow(width: number): Promise<void> {
    let above: string[] = [];
    for (const [level, name] of LEVELS.entries()) {
      const rows = Array.from({ length: width }, (_, at) => ({
        name: `${name}${at}`,
        size: at,
        ...(level === 0 ? {} : { up: above[at % above.length] }),
      }));
      above = await insert(name, rows);
    }
  }

  it.each([2, 300])(
    'five levels takes a statement for each, with %d rows in each',
    async (width) => {
      await open();
      await grow(width);
      const ask = (object: string, expand: ExpandTree) =>
        engine.find(object, { limit: 1_000, expand }, system);
      expect(await statements(() => ask('a', down(5)))).toEqual({ find: 6 });
      expect(await statements(() => ask('f', up(5)))).toEqual({ find: 6 });
      const { records } = await ask('f', up(5));
      expect(records).toHaveLength(width);
      let record: unknown = records[0];
      for (let level = 0; level < 5; level += 1) record = (record as RecordData)['up'];
      expect(record).toMatchObject({ size: expect.any(Number) as number });
    },
  );

  it.each([2, 200])('many to many takes two, with %d links', async (width) => {
    await open();
    const groups = await insert('group', [{ name: 'g' }, { name: 'h' }]);
    const people = await insert(
      'person',
      Array.from({ length: width }, (_, at) => ({ name: `p${at}` })),
    );
    await insert(
      'person_groups',
      people.map((person, at) => ({ person, group: groups[at % 2] })),
    );
    const expand = { groups: { expand: { members: { limit: 5 } } } };
    const found = await statements(() => engine.find('person', { limit: 1_000, expand }, system));
    expect(found['find']).toBeLessThanOrEqual(5);
    const query = { search: 'p', limit: 1_000, count: 'exact' as const, highlight: true };
    expect(await statements(() => engine.find('person', query, system))).toEqual({ find: 1 });
  });
});

describe('bulk writes', () => {
  const sizes = [2, 200] as const;

  async function both(work: (size: number) => Promise<unknown>): Promise<Record<string, number>[]> {
    const counts: Record<string, number>[] = [];
    for (const size of sizes) {
      await open();
      counts.push(await statements(() => work(size)));
      if (size !== sizes.at(-1)) await engine.close();
    }
    return counts;
  }
  const people = (size: number, more: RecordData = {}) =>
    Array.from({ length: size }, (_, at) => ({ name: `p${at}`, code: `c${at}`, ...more }));

  it('create', async () => {
    const [few, many] = await both((size) => insert('person', people(size)));
    expect(many).toEqual(few);
  });

  it('create with references, and roll up', async () => {
    const [few, many] = await both(async (size) => {
      const [group] = await insert('group', [{ name: 'g' }]);
      const [boss] = await insert('person', [{ name: 'boss' }]);
      const ids = await insert('person', people(size, { boss }));
      await insert(
        'person_groups',
        ids.map((person) => ({ person, group })),
      );
    });
    expect(many).toEqual(few);
  });

  it('change, delete and restore what a list or a filter names', async () => {
    const [few, many] = await both(async (size) => {
      const ids = await insert('person', people(size));
      await engine.updateMany(
        'person',
        ids.map((id) => ({ id, data: { name: 'same' } })),
        system,
      );
      const where = { op: 'eq', field: 'name', value: 'same' } as const;
      await engine.updateWhere('person', where, { name: 'other' }, system);
      await engine.deleteMany('person', ids, system);
    });
    expect(many).toEqual(few);
  });

  it('change each record of a list to values of its own', async () => {
    const [few, many] = await both(async (size) => {
      const ids = await insert('person', people(size));
      const [boss] = await insert('person', [{ name: 'boss' }]);
      await engine.updateMany(
        'person',
        ids.map((id, at) => ({ id, data: { name: `n${at}`, code: `d${at}` } })),
        system,
      );
      const changed = await engine.updateMany(
        'person',
        ids.map((id, at) => ({ id, data: at % 2 === 0 ? { name: `m${at}` } : { boss } })),
        system,
      );
      expect(changed.map(({ record }) => record?.['name'])).toEqual(
        ids.map((_, at) => (at % 2 === 0 ? `m${at}` : `n${at}`)),
      );
      const upserted = people(size).map((one, at) => ({ ...one, code: `d${at}` }));
      await engine.upsertMany('person', upserted, system, { by: ['code'] });
      const { records } = await engine.find('person', { limit: 1_000 }, system);
      expect(records.filter(({ boss: of }) => of === boss)).toHaveLength(size / 2);
    });
    // Rows that get equal values share an update, of which one row alone needs none.
    const updates = (counts: Record<string, number> = {}) =>
      (counts['update'] ?? 0) + (counts['updateEach'] ?? 0);
    expect(updates(many)).toBe(updates(few));
    expect({ ...many, update: 0, updateEach: 0 }).toEqual({ ...few, update: 0, updateEach: 0 });
  });

  it('insert or update by a key', async () => {
    const [few, many] = await both(async (size) => {
      await engine.upsertMany('person', people(size), system, { by: ['code'] });
      await engine.upsertMany('person', people(size, { name: 'same' }), system, { by: ['code'] });
    });
    expect(many).toEqual(few);
  });

  it('nested', async () => {
    const [few, many] = await both((size) =>
      engine.insert('group', { name: 'g', members: { create: people(size) } }, system),
    );
    expect(many).toEqual(few);
  });
});

import type { AccessPolicy, Query } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { normalizeFilter } from '../../src/index.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  company: `
label: Company
fields:
  name: { type: text }
  parent: { type: tree, inverse: branches }
`,
  person: `
label: Person
fields:
  name: { type: text }
  company: { type: lookup, reference: company, inverse: people }
  friends: { type: many_to_many, reference: person, through: friendship }
`,
  event: `
label: Event
fields:
  name: { type: text }
  guests:
    type: many_to_many
    label: Guests
    reference: person
    inverse: events
    attributes:
      role: { type: select, options: [{ value: host }, { value: visitor, default: true }] }
`,
  note: `
label: Note
fields:
  name: { type: text }
  about: { type: lookup, reference: [company, person], inverse: notes }
`,
  order: `
label: Order
fields:
  name: { type: text }
`,
  line: `
label: Line
fields:
  name: { type: text }
  order: { type: master_detail, reference: order, inverse: lines }
`,
  part: `
label: Part
fields:
  name: { type: text }
  line: { type: master_detail, reference: line, reparentable: false }
`,
};

async function open(access?: AccessPolicy) {
  engine = await openEngine({ access, objects: OBJECTS });
  const ctx = access === undefined ? system : user();
  const add = async (object: string, data: Record<string, unknown>, as = ctx) =>
    (await engine.insert(object, data, as))['id'] as string;
  return { add, ctx };
}

async function names(object: string, filter: unknown, ctx = system) {
  const query: Query = {
    where: normalizeFilter(filter),
    orderBy: [{ field: 'name', direction: 'asc' }],
  };
  return (await engine.find(object, query, ctx)).records.map((record) => record['name']);
}

async function withPeople(access?: AccessPolicy) {
  const { add, ctx } = await open(access);
  const acme = await add('company', { name: 'Acme' });
  const [ann, bob, cid] = [
    await add('person', { name: 'Ann', company: acme }),
    await add('person', { name: 'Bob', company: acme }),
    await add('person', { name: 'Cid' }),
  ];
  const fair = await add('event', { name: 'Fair' });
  const ball = await add('event', { name: 'Ball' });
  const link = (event: string, person: string, role?: string) =>
    add('event_guests', { event, person, ...(role === undefined ? {} : { role }) });
  await link(fair, cid, 'host');
  await link(fair, ann);
  await link(fair, bob);
  await link(ball, ann, 'host');
  await add('friendship', { source: ann, target: bob });
  return { acme, ann, bob, cid, fair, ball, add, ctx };
}

describe('many to many', () => {
  it('makes the object of the links, with its attributes', async () => {
    const { fair, ann, add } = await withPeople();
    const links = await engine.find('event_guests', { orderBy: [] }, system);
    expect(links.records.map((record) => record['role'])).toEqual([
      'host',
      'visitor',
      'visitor',
      'host',
    ]);
    await expect(add('event_guests', { event: fair, person: ann })).rejects.toMatchObject({
      code: 'duplicate_value',
    });
  });

  it.each<[string, unknown, string[]]>([
    ['event', { 'guests.name': 'Bob' }, ['Fair']],
    ['event', { guests: { $none: { name: 'Bob' } } }, ['Ball']],
    ['event', { guests: { $every: { 'company.name': 'Acme' } } }, ['Ball']],
    ['event', { event_guests: { role: 'host', person: { name: 'Ann' } } }, ['Ball']],
    ['person', { events: { name: 'Ball' } }, ['Ann']],
    ['person', { 'friends.name': 'Bob' }, ['Ann']],
    ['person', { 'events.guests.name': 'Cid' }, ['Ann', 'Bob', 'Cid']],
  ])('filters %s by %j', async (object, filter, expected) => {
    await withPeople();
    expect(await names(object, filter)).toEqual(expected);
  });

  it('expands in both directions, with filter, order and a limit for each record', async () => {
    await withPeople();
    const { records } = await engine.find(
      'event',
      {
        fields: ['name'],
        orderBy: [{ field: 'name', direction: 'asc' }],
        expand: {
          guests: {
            fields: ['name', 'company.name'],
            where: { op: 'ne', field: 'name', value: 'Cid' },
            orderBy: [
              { field: 'company.name', direction: 'asc' },
              { field: 'name', direction: 'desc' },
            ],
            limit: 1,
            expand: { events: { fields: ['name'] } },
          },
        },
      },
      system,
    );
    expect(records).toMatchObject([
      { name: 'Ball', guests: [{ name: 'Ann', company: { name: 'Acme' } }] },
      { name: 'Fair', guests: [{ name: 'Bob', events: [{ name: 'Fair' }] }] },
    ]);
    const [first] = (
      await engine.find('event', { expand: { event_guests: { expand: { person: {} } } } }, system)
    ).records;
    expect(first?.['event_guests']).toMatchObject([
      { role: 'host', person: { name: 'Cid' } },
      { role: 'visitor' },
      { role: 'visitor' },
    ]);
  });

  it('ends with either of the records, and with what links show', async () => {
    const { ann } = await withPeople();
    await engine.delete('person', ann, system);
    expect(await names('event', { guests: { $exists: true } })).toEqual(['Fair']);
    expect(await engine.count('event_guests', {}, system)).toBe(2);
  });

  it('shows nothing over links that one may not see', async () => {
    const { ctx } = await withPeople({
      decide: (principal, object) => {
        if (principal.id !== 'clerk') return { allowed: true };
        return object === 'event_guests'
          ? { allowed: true, rows: { op: 'eq', field: 'role', value: 'host' } }
          : { allowed: true };
      },
    });
    const clerk = user({ id: 'clerk' });
    expect(await names('event', { 'guests.name': 'Ann' }, ctx)).toEqual(['Ball', 'Fair']);
    expect(await names('event', { 'guests.name': 'Ann' }, clerk)).toEqual(['Ball']);
    const expand = { guests: { fields: ['name'] } };
    const seen = await engine.find('event', { expand }, clerk);
    expect(seen.records.map((record) => record['guests'])).toMatchObject([
      [{ name: 'Cid' }],
      [{ name: 'Ann' }],
    ]);
  });
});

describe('names on the other side', () => {
  it('reach the records that point here', async () => {
    await withPeople();
    expect(await names('company', { people: { name: 'Ann' } })).toEqual(['Acme']);
    const { records } = await engine.find('company', { fields: ['people.name'] }, system);
    expect(records[0]?.['people']).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }]);
  });
});

describe('polymorphic lookups', () => {
  async function withNotes() {
    const people = await withPeople();
    const { add, acme, ann } = people;
    await add('note', { name: 'n1', about: acme, about_object: 'company' });
    await add('note', { name: 'n2', about: ann, about_object: 'person' });
    await add('note', { name: 'n3' });
    return people;
  }

  it('are filtered by the object that is meant', async () => {
    await withNotes();
    expect(await names('note', { 'about.person.name': 'Ann' })).toEqual(['n2']);
    expect(await names('note', { about: { company: { name: { $ne: 'X' } } } })).toEqual([
      'n1',
      'n2',
      'n3',
    ]);
    expect(
      await names('note', {
        about: { $or: [{ person: { name: 'Ann' } }, { company: { name: 'Acme' } }] },
      }),
    ).toEqual(['n1', 'n2']);
    expect(await names('note', { about_object: 'company' })).toEqual(['n1']);
    expect(await names('person', { notes: { name: 'n2' } })).toEqual(['Ann']);
    for (const filter of [{ 'about.name': 'x' }, { 'about.event.name': 'x' }]) {
      await expect(names('note', filter)).rejects.toMatchObject({ code: 'invalid_filter' });
    }
    await expect(
      engine.find('note', { orderBy: [{ field: 'about.person.name', direction: 'asc' }] }, system),
    ).rejects.toMatchObject({ code: 'invalid_sort' });
  });

  it('are expanded object by object', async () => {
    await withNotes();
    const expand = { about: { expand: { person: { fields: ['name'] } } } };
    const { records } = await engine.find('note', { fields: ['name'], expand }, system);
    expect(records).toMatchObject([
      { name: 'n1', about: { name: 'Acme', parent: null }, about_object: 'company' },
      { name: 'n2', about: { name: 'Ann' } },
      { name: 'n3', about: null },
    ]);
    expect(records[1]?.['about']).not.toHaveProperty('company');
    for (const wrong of [{ about: { limit: 1 } }, { about: { fields: ['name'] } }]) {
      await expect(engine.find('note', { expand: wrong }, system)).rejects.toMatchObject({
        code: 'invalid_parameter',
      });
    }
    await expect(
      engine.find('note', { expand: { about: { expand: { event: {} } } } }, system),
    ).rejects.toMatchObject({ code: 'unknown_field' });
  });

  it('keep their two fields together', async () => {
    const { add, ann, acme } = await withNotes();
    for (const data of [
      { about: ann },
      { about_object: 'person' },
      { about: ann, about_object: 'company' },
    ]) {
      await expect(add('note', data)).rejects.toMatchObject({ code: 'invalid_reference' });
    }
    await expect(add('note', { about: ann, about_object: 'event' })).rejects.toMatchObject({
      code: 'validation_error',
    });
    const id = await add('note', { about: ann, about_object: 'person' });
    await expect(engine.update('note', id, { about: acme }, system)).rejects.toMatchObject({
      code: 'invalid_reference',
    });
    expect(await engine.update('note', id, { about: null }, system)).toMatchObject({
      about: null,
      about_object: null,
    });
  });

  it('are emptied with what they point to', async () => {
    const { ann } = await withNotes();
    await engine.delete('person', ann, system);
    expect(await names('note', { about: null, about_object: null })).toEqual(['n2', 'n3']);
  });
});

describe('hierarchies', () => {
  async function withTree(access?: AccessPolicy) {
    const { add, ctx } = await open(access);
    const ids: Record<string, string> = {};
    for (const [name, parent] of [
      ['root', null],
      ['left', 'root'],
      ['right', 'root'],
      ['leaf', 'left'],
      ['twig', 'leaf'],
    ] as const) {
      ids[name] = await add('company', { name, parent: parent === null ? null : ids[parent] });
    }
    return { ids, ctx, add };
  }

  it('know what is below and above', async () => {
    const { ids } = await withTree();
    const below = (name: string) => names('company', { parent: { $descendantsOf: ids[name] } });
    expect(await below('root')).toEqual(['leaf', 'left', 'right', 'twig']);
    expect(await below('left')).toEqual(['leaf', 'twig']);
    expect(await below('twig')).toEqual([]);
    expect(await names('company', ['parent', 'ancestors', ids['leaf']])).toEqual(['left', 'root']);
    expect(await names('company', { $not: { parent: { $descendantsOf: ids['left'] } } })).toEqual([
      'left',
      'right',
      'root',
    ]);
    expect(await names('company', { branches: { name: 'leaf' } })).toEqual(['left']);
    expect(await names('person', { company: { parent: { $descendantsOf: ids['root'] } } })).toEqual(
      [],
    );
    await expect(names('person', { company: { $descendantsOf: 'x' } })).rejects.toMatchObject({
      code: 'invalid_filter',
    });
  });

  it('have no circles, and end where there is one all the same', async () => {
    const { ids } = await withTree();
    const { root = '', twig = '', left = '' } = ids;
    for (const parent of [root, twig, left]) {
      await expect(engine.update('company', root, { parent }, system)).rejects.toMatchObject({
        code: 'hierarchy_circle',
      });
    }
    await engine.update('company', left, { parent: ids['right'] }, system);
    expect(await names('company', { parent: { $ancestorsOf: twig } })).toEqual([
      'leaf',
      'left',
      'right',
      'root',
    ]);
    const table = {
      name: 'company',
      columns: [
        { name: 'id', type: 'text', nullable: false },
        { name: 'parent', type: 'text', nullable: true },
      ],
      indexes: [],
    } as const;
    await engine.driver.transaction((session) =>
      session.update({
        table,
        set: { parent: twig },
        where: { op: 'eq', field: 'id', value: root },
      }),
    );
    expect(await names('company', { parent: { $descendantsOf: root } })).toEqual([
      'leaf',
      'left',
      'right',
      'twig',
    ]);
  });

  it('lead only over records that one may see', async () => {
    const { ids } = await withTree({
      decide: (principal) =>
        principal.id === 'clerk'
          ? { allowed: true, rows: { op: 'ne', field: 'name', value: 'leaf' } }
          : { allowed: true },
    });
    const clerk = user({ id: 'clerk' });
    const filter = (operator: string, name: string) => ({ parent: { [operator]: ids[name] } });
    expect(await names('company', filter('$descendantsOf', 'root'), clerk)).toEqual([
      'left',
      'right',
    ]);
    expect(await names('company', filter('$ancestorsOf', 'twig'), clerk)).toEqual([]);
    expect(await names('company', filter('$descendantsOf', 'leaf'), clerk)).toEqual([]);
  });
});

describe('masters and details', () => {
  const everybody: AccessPolicy = { decide: () => ({ allowed: true }) };

  it('have one owner, whoever writes the detail', async () => {
    const { add } = await open(everybody);
    const [ann, bob] = [user({ id: 'ann' }), user({ id: 'bob' })];
    const [mine, theirs] = [
      await add('order', { name: 'o1' }, ann),
      await add('order', { name: 'o2' }, bob),
    ];
    const line = await add('line', { name: 'l', order: mine }, bob);
    const part = await add('part', { name: 'p', line }, bob);
    const owners = async () =>
      Promise.all(
        [
          ['line', line],
          ['part', part],
        ].map(async ([object = '', id = '']) => (await engine.get(object, id, system))['owner_id']),
      );
    expect(await owners()).toEqual(['ann', 'ann']);
    await engine.update('line', line, { order: theirs }, ann);
    expect(await owners()).toEqual(['bob', 'bob']);
    await engine.update('order', theirs, { owner_id: 'cid' }, ann);
    expect(await owners()).toEqual(['cid', 'cid']);
  });

  it('stay together where the metadata says so', async () => {
    const { add } = await open();
    const order = await add('order', {});
    const [one, other] = [await add('line', { order }), await add('line', { order })];
    const part = await add('part', { name: 'p', line: one });
    await expect(engine.update('part', part, { line: other }, system)).rejects.toMatchObject({
      code: 'read_only_field',
    });
    await engine.update('part', part, { name: 'q', line: one }, system);
  });
});

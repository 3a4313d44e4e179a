import type { AccessPolicy, RecordData } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { nestedTargets } from '../../src/index.js';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const OBJECTS = {
  company: `
label: Company
fields:
  name: { type: text, required: true }
  people: { type: summary, summaryOperations: { object: person, function: count, relation: employer } }
  doubled: { type: formula, expression: 'people * 2', returnType: number }
  parent: { type: tree, inverse: branches }
`,
  person: `
label: Person
fields:
  name: { type: text, required: true }
  email: { type: email, unique: true }
  employer: { type: lookup, reference: company, inverse: staff }
  mentors: { type: lookup, reference: person, multiple: true }
  former: { type: lookup, reference: company, inverse: alumni }
`,
  order: `
label: Order
fields:
  code: { type: text }
`,
  line: `
label: Line
fields:
  order: { type: master_detail, reference: order, inverse: lines }
  amount: { type: number, scale: 0, min: 0 }
`,
  seminar: `
label: Seminar
fields:
  title: { type: text }
  guests: { type: many_to_many, reference: person }
`,
  remark: `
label: Remark
fields:
  text: { type: text }
  about: { type: lookup, reference: [company, person], inverse: remarks }
`,
};

const open = async (access?: AccessPolicy) => {
  engine = await openEngine({ objects: OBJECTS, access });
};
const all = async (object: string, ctx = system) =>
  (await engine.find(object, { orderBy: [{ field: 'id', direction: 'asc' }] }, ctx)).records;
const add = async (object: string, data: RecordData, ctx = system) =>
  (await engine.insert(object, data, ctx))['id'] as string;
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => error,
  );

describe('a nested write', () => {
  it('makes and ties what points to the record, and answers as it is at the end', async () => {
    await open();
    const bob = await add('person', { name: 'Bob' });
    const company = await engine.insert(
      'company',
      {
        name: 'Acme',
        staff: { create: [{ name: 'Ada' }, { name: 'Cid' }], connect: [bob] },
        branches: { create: [{ name: 'Acme East', staff: { create: [{ name: 'Dee' }] } }] },
        remarks: { create: [{ text: 'new' }] },
      },
      system,
    );
    expect(company).toMatchObject({ name: 'Acme', people: 3, doubled: 6, revision: 2 });
    const people = await all('person');
    expect(people.map(({ name, employer }) => [name, employer === company['id']]).sort()).toEqual([
      ['Ada', true],
      ['Bob', true],
      ['Cid', true],
      ['Dee', false],
    ]);
    expect((await all('remark'))[0]).toMatchObject({
      about: company['id'],
      about_object: 'company',
    });
    const columns = ['object', 'operation'];
    const log = await engine.driver.reader.find({ table: changeLogTable, columns });
    expect(log.filter(({ object }) => object === 'person')).toHaveLength(5);
  });

  it('makes and ties what the record points to', async () => {
    await open();
    const bob = await add('person', { name: 'Bob' });
    const ada = await engine.insert(
      'person',
      {
        name: 'Ada',
        employer: { create: { name: 'Acme', parent: { create: { name: 'Holding' } } } },
        mentors: { create: [{ name: 'Cid' }], connect: [{ id: bob }] },
      },
      system,
    );
    const { employer, mentors } = await engine.get('person', ada['id'] as string, system, {
      expand: { employer: { expand: { parent: {} } }, mentors: {} },
    });
    expect(employer).toMatchObject({ name: 'Acme', people: 1, parent: { name: 'Holding' } });
    expect((mentors as RecordData[]).map(({ name }) => name).sort()).toEqual(['Bob', 'Cid']);
    const dee = await engine.insert(
      'person',
      { name: 'Dee', employer: { connect: (employer as RecordData)['id'] } },
      system,
    );
    expect(dee).toMatchObject({ employer: (employer as RecordData)['id'] });
  });

  it('links many to many', async () => {
    await open();
    const bob = await add('person', { name: 'Bob' });
    const seminar = await add('seminar', {
      title: 'Engines',
      guests: { create: [{ name: 'Ada' }], connect: [bob] },
    });
    const { guests } = await engine.get('seminar', seminar, system, { expand: { guests: {} } });
    expect((guests as RecordData[]).map(({ name }) => name).sort()).toEqual(['Ada', 'Bob']);
    const again = engine.update('seminar', seminar, { guests: { connect: [bob] } }, system);
    await expect(again).rejects.toMatchObject({ code: 'duplicate_value' });
  });

  it('changes a record, which keeps its revision when only others change', async () => {
    await open();
    const id = await add('order', { code: 'A' });
    const same = await engine.update('order', id, { lines: { create: [{ amount: 1 }] } }, system);
    expect(same).toMatchObject({ code: 'A', revision: 1 });
    const options = { ifRevision: 1 };
    const data = { code: 'B', lines: { create: [{ amount: 2 }, { amount: 3 }] } };
    expect(await engine.update('order', id, data, system, options)).toMatchObject({ revision: 2 });
    await expect(engine.update('order', id, data, system, options)).rejects.toMatchObject({
      code: 'concurrent_modification',
    });
    expect((await all('line')).map(({ amount }) => amount).sort()).toEqual([1, 2, 3]);
  });

  it('works in bulk and in upserts', async () => {
    await open();
    const rows = [{ name: 'A', staff: { create: [{ name: 'a' }] } }, { name: 'B' }];
    const results = await engine.insertMany('company', rows, system);
    expect(results.map(({ success }) => success)).toEqual([true, true]);
    const updates = results.map(({ id = '' }, at) => ({
      id,
      data: { alumni: { create: [{ name: `x${at}` }] } },
    }));
    await engine.updateMany('company', updates, system);
    const person = { email: 'a@x.example', name: 'a', employer: { create: { name: 'C' } } };
    const by = ['email'];
    expect((await engine.upsert('person', person, system, { by })).created).toBe(true);
    expect((await engine.upsert('person', person, system, { by })).created).toBe(false);
    expect((await all('company')).map(({ name }) => name).sort()).toEqual(['A', 'B', 'C', 'C']);
    expect(await all('person')).toHaveLength(4);
  });

  it('is all or nothing, and says where the bad record stands', async () => {
    await open();
    const bad = await failure(
      engine.insert(
        'company',
        {
          name: 'Acme',
          branches: {
            create: [{ name: 'East' }, { name: 'West', staff: { create: [{ name: 'Ada' }, {}] } }],
          },
        },
        system,
      ),
    );
    const path = 'branches.create.1.staff.create.1';
    expect(bad).toMatchObject({
      code: 'validation_error',
      details: { path },
      fieldErrors: [{ field: `${path}.name`, code: 'missing_required_field' }],
    });
    const order = { code: 'A', lines: { create: [{ amount: 1 }, { amount: -1 }] } };
    expect(await failure(engine.insert('order', order, system))).toMatchObject({
      fieldErrors: [{ field: 'lines.create.1.amount' }],
    });
    const missing = { name: 'A', employer: { connect: crypto.randomUUID() } };
    expect(await failure(engine.insert('person', missing, system))).toMatchObject({
      code: 'invalid_reference',
    });
    const stranger = { name: 'A', staff: { connect: [crypto.randomUUID()] } };
    expect(await failure(engine.insert('company', stranger, system))).toMatchObject({
      code: 'record_not_found',
      details: { path: 'staff.connect' },
    });
    for (const object of ['company', 'person', 'order', 'line'])
      expect(await all(object)).toEqual([]);
  });

  it('runs hooks, and may be rehearsed', async () => {
    await open();
    const seen: unknown[] = [];
    engine.hook(
      'beforeInsert',
      '*',
      ({ object, data }) => {
        seen.push(object);
        if (object === 'person') data['name'] = String(data['name']).toUpperCase();
      },
      { owner: 'test' },
    );
    const data = { name: 'Acme', staff: { create: [{ name: 'Ada' }] } };
    const rehearsed = await engine.rehearse(system, (ctx) => engine.insert('company', data, ctx));
    expect(rehearsed.changes.map(({ object, operation }) => [object, operation])).toEqual([
      ['company', 'create'],
      ['person', 'create'],
      ['company', 'update'],
    ]);
    expect(await all('company')).toEqual([]);
    await engine.insert('company', data, system);
    expect((await all('person'))[0]).toMatchObject({ name: 'ADA' });
    expect(seen).toEqual(['company', 'person', 'company', 'person']);
  });

  it('asks for permission on each object', async () => {
    const rights: Record<string, readonly string[]> = {
      company: ['read', 'create', 'update'],
      person: ['read', 'create'],
      order: ['create'],
      line: ['create'],
    };
    await open({
      decide: (_, object, operation) =>
        rights[object]?.includes(operation) === true
          ? {
              allowed: true,
              ...(object === 'person' ? { writable: new Set(['name', 'employer']) } : {}),
            }
          : { allowed: false, reason: 'test' },
    });
    const create = (object: string, data: RecordData) =>
      failure(engine.insert(object, data, user()));
    const staff = { create: [{ name: 'Ada' }] };
    expect(await create('company', { name: 'A', staff })).toBe('succeeded');
    const [ada] = await all('person');
    expect(await create('company', { name: 'B', staff: { connect: [ada?.['id']] } })).toMatchObject(
      {
        code: 'permission_denied',
        params: { object: 'person', operation: 'update' },
      },
    );
    expect(
      await create('company', {
        name: 'B',
        staff: { create: [{ name: 'x', email: 'a@b.example' }] },
      }),
    ).toMatchObject({ code: 'read_only_field' });
    // A list that one may not follow does not exist, nor does one over an object one may not see.
    expect(await create('company', { name: 'B', remarks: { create: [{}] } })).toMatchObject({
      code: 'unknown_field',
      params: { field: 'remarks' },
    });
    expect(await create('order', { code: 'A', lines: { create: [{}] } })).toMatchObject({
      code: 'unknown_field',
    });
    // An object that one may not make is not made through a field either.
    expect(await create('line', { order: { create: { code: 'B' } } })).toMatchObject({
      code: 'invalid_reference',
    });
    expect(await all('order')).toEqual([]);
    expect(await all('company')).toHaveLength(1);
  });

  it.each<[string, RecordData, string]>([
    ['nothing to do', { staff: {} }, 'nothing else'],
    ['an unknown key', { staff: { create: [], add: [] } }, 'nothing else'],
    ['a record for a list', { staff: { create: { name: 'x' } } }, 'take lists'],
    ['a list for a record', { parent: { create: [{ name: 'x' }] } }, 'one record'],
    ['both for a record', { parent: { create: { name: 'x' }, connect: 'y' } }, 'one record'],
    ['no record', { staff: { create: ['x'] } }, 'takes records'],
    ['no id', { staff: { connect: [{ id: 1 }] } }, 'takes ids'],
    ['more than an id', { staff: { connect: [{ id: 'x', name: 'y' }] } }, 'takes ids'],
  ])('refuses %s', async (_, data, reason) => {
    await open();
    const refused = await failure(engine.insert('company', { name: 'A', ...data }, system));
    expect(refused).toMatchObject({ code: 'nested_write_invalid' });
    expect((refused as Error).message).toContain(reason);
  });

  it('refuses one over a lookup to several objects, too many records and too many levels', async () => {
    await open();
    const remark = { text: 'x', about: { create: { name: 'x' } } };
    expect(await failure(engine.insert('remark', remark, system))).toMatchObject({
      code: 'nested_write_invalid',
    });
    const many = Array.from({ length: 1_001 }, () => ({ name: 'x' }));
    const wide = engine.insert('company', { name: 'A', staff: { create: many } }, system);
    expect(await failure(wide)).toMatchObject({ code: 'limit_exceeded' });
    let deep: RecordData = { name: 'leaf' };
    for (let level = 0; level < 6; level += 1) deep = { name: 'x', branches: { create: [deep] } };
    expect(await failure(engine.insert('company', deep, system))).toMatchObject({
      code: 'limit_exceeded',
      params: { limit: 'nested levels' },
    });
    expect(await all('company')).toEqual([]);
  });
});

it('tells surfaces which objects nested data would write', async () => {
  await open();
  const { createMetadataStore, parseSource } = await import('../../src/index.js');
  const store = createMetadataStore({});
  const sources = Object.entries(OBJECTS).map(([name, text]) =>
    parseSource({ file: `objects/${name}.object.yml`, text }),
  );
  const snapshot = store.prepare([{ name: 'app', sources }]);
  const data = {
    name: 'A',
    staff: { create: [{ name: 'x', former: { create: {} } }], connect: ['y'] },
    parent: { connect: 'z' },
  };
  expect(nestedTargets(snapshot, 'company', data)).toEqual([
    { object: 'person', method: 'create' },
    { object: 'company', method: 'create' },
    { object: 'person', method: 'update' },
  ]);
  const link = (guests: unknown) => nestedTargets(snapshot, 'seminar', { guests });
  const making = { object: 'seminar_guests', method: 'create' };
  const removing = { object: 'seminar_guests', method: 'delete' };
  expect(link({ connect: ['x'] })).toEqual([making]);
  expect(link({ disconnect: ['x'] })).toEqual([removing]);
  expect(link(['x'])).toEqual([making, removing]);
  expect(nestedTargets(snapshot, 'company', { staff: { set: [] } })).toEqual([
    { object: 'person', method: 'update' },
  ]);
});

import type { AccessPolicy, RecordData } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system, user } from './support.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
afterEach(() => engine.close());

const OBJECTS = {
  company: `
label: Company
fields:
  name: { type: text, required: true }
  people: { type: summary, summaryOperations: { object: person, function: count, relation: employer } }
`,
  person: `
label: Person
fields:
  name: { type: text, required: true }
  employer: { type: lookup, reference: company, inverse: staff }
  mentors: { type: lookup, reference: person, multiple: true }
`,
  seminar: `
label: Seminar
fields:
  title: { type: text }
  guests: { type: many_to_many, reference: person, inverse: seminars }
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
const add = async (object: string, data: RecordData) =>
  (await engine.insert(object, data, system))['id'] as string;
const names = async (object: string, id: string, list: string) => {
  const record = await engine.get(object, id, system, { expand: { [list]: {} } });
  return (record[list] as RecordData[]).map(({ name, text }) => name ?? text).sort();
};
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'succeeded',
    (error: unknown) => error,
  );

async function people(): Promise<[string, string, string]> {
  const named = (name: string) => add('person', { name });
  return [await named('Ada'), await named('Bob'), await named('Cid')];
}

describe('links of many to many', () => {
  it('are what a list of ids says, in a new record and in a change', async () => {
    await open();
    const [ada, bob, cid] = await people();
    const id = await add('seminar', { title: 'Engines', guests: [ada, bob] });
    expect(await names('seminar', id, 'guests')).toEqual(['Ada', 'Bob']);
    const links = async () =>
      (await engine.find('seminar_guests', { orderBy: [] }, system)).records.map((one) => one.id);
    const [kept] = await links();
    await engine.update('seminar', id, { guests: [ada, cid, cid] }, system);
    expect(await names('seminar', id, 'guests')).toEqual(['Ada', 'Cid']);
    expect(await links(), 'what stays linked is not linked anew').toContain(kept);
    await engine.update(
      'seminar',
      id,
      { guests: { set: [bob], create: [{ name: 'Dee' }] } },
      system,
    );
    expect(await names('seminar', id, 'guests')).toEqual(['Bob', 'Dee']);
    // From the other side too, and nothing else is touched.
    const other = await add('seminar', { title: 'Looms', guests: [bob] });
    await engine.update('person', bob, { seminars: [other] }, system);
    expect(await names('seminar', id, 'guests')).toEqual(['Dee']);
    expect(await names('seminar', other, 'guests')).toEqual(['Bob']);
    await engine.update('seminar', id, { guests: [] }, system);
    expect(await names('seminar', id, 'guests')).toEqual([]);
  });

  it('are taken away one by one; what is not linked stays so', async () => {
    await open();
    const [ada, bob, cid] = await people();
    const id = await add('seminar', { title: 'Engines', guests: [ada, bob] });
    const change = { guests: { disconnect: [bob, cid], connect: [cid] } };
    await engine.update('seminar', id, change, system);
    expect(await names('seminar', id, 'guests')).toEqual(['Ada', 'Cid']);
    await engine.update('seminar', id, { guests: { connect: [bob] } }, system);
    expect(await names('seminar', id, 'guests')).toEqual(['Ada', 'Bob', 'Cid']);
  });
});

describe('children', () => {
  it('are untied, and set', async () => {
    await open();
    const [ada, bob, cid] = await people();
    const id = await add('company', { name: 'Acme', staff: { set: [ada, bob] } });
    const stranger = await add('company', { name: 'Other', staff: { connect: [cid] } });
    await engine.update('company', id, { staff: { disconnect: [bob, cid] } }, system);
    expect(await names('company', id, 'staff')).toEqual(['Ada']);
    expect(await names('company', stranger, 'staff'), 'of another parent').toEqual(['Cid']);
    const set = { staff: { set: [cid], create: [{ name: 'Dee' }] } };
    const row = await engine.update('company', id, set, system);
    expect(row).toMatchObject({ people: 2 });
    expect(await names('company', id, 'staff')).toEqual(['Cid', 'Dee']);
    expect(await engine.get('person', ada, system)).toMatchObject({ employer: null });
    expect(await engine.get('company', stranger, system)).toMatchObject({ people: 0 });
  });

  it('of a lookup to several objects are those of this object', async () => {
    await open();
    const [ada] = await people();
    const id = await add('company', { name: 'A', remarks: { create: [{ text: 'x' }] } });
    await engine.update('person', ada, { remarks: { create: [{ text: 'y' }] } }, system);
    await engine.update('company', id, { remarks: { set: [] } }, system);
    expect(await names('company', id, 'remarks')).toEqual([]);
    expect(await names('person', ada, 'remarks')).toEqual(['y']);
  });

  it('that belong to their parent cannot be left without one', async () => {
    await open();
    const id = await add('order', { code: 'A', lines: { create: [{}, {}] } });
    const refused = await failure(engine.update('order', id, { lines: { set: [] } }, system));
    expect(refused).toMatchObject({
      code: 'validation_error',
      details: { path: 'lines.set' },
      fieldErrors: [{ field: 'lines.set.order', code: 'missing_required_field' }],
    });
  });
});

it('rehearses, and undoes all of it together', async () => {
  await open();
  const [ada, bob] = await people();
  const id = await add('seminar', { title: 'Engines', guests: [ada] });
  const change = { guests: [bob] };
  const { changes } = await engine.rehearse(system, (ctx) =>
    engine.update('seminar', id, change, ctx),
  );
  expect(changes.map(({ object, operation }) => `${operation} ${object}`).sort()).toEqual([
    'create seminar_guests',
    'delete seminar_guests',
  ]);
  const bad = { title: 'New', guests: [bob, crypto.randomUUID()] };
  expect(await failure(engine.update('seminar', id, bad, system))).toMatchObject({
    code: 'invalid_reference',
    details: { path: 'guests.set.1' },
  });
  expect(await names('seminar', id, 'guests')).toEqual(['Ada']);
  expect(await engine.get('seminar', id, system)).toMatchObject({ title: 'Engines' });
});

it('tells what is wrong with the record itself, not of what hangs on it', async () => {
  await open();
  const mentor = { name: 'Ada', employer: crypto.randomUUID(), seminars: { create: [{}] } };
  const refused = await failure(engine.insert('person', mentor, system));
  expect(refused).toMatchObject({ code: 'invalid_reference', params: { field: 'employer' } });
  expect((refused as { details: object }).details).not.toHaveProperty('path');
});

it('needs the right to remove links, and leaves alone what is not seen', async () => {
  let removing = false;
  const hidden = { id: '' };
  await open({
    decide: (_, object, operation) =>
      operation === 'delete' && !removing
        ? { allowed: false, reason: 'test' }
        : {
            allowed: true,
            ...(object === 'seminar_guests'
              ? { rows: { op: 'ne', field: 'person', value: hidden.id } as const }
              : {}),
          },
  });
  const [ada, bob, cid] = await people();
  const id = await add('seminar', { title: 'Engines', guests: [ada, bob] });
  hidden.id = bob;
  const set = () =>
    failure(engine.update('seminar', id, { guests: [cid] }, user({ tenantId: null })));
  expect(await set()).toMatchObject({ code: 'permission_denied' });
  removing = true;
  expect(await set()).toBe('succeeded');
  hidden.id = '';
  expect(await names('seminar', id, 'guests')).toEqual(['Bob', 'Cid']);
});

it.each<[string, string, RecordData, string]>([
  ['all and one', 'company', { staff: { set: [], connect: [] } }, 'says all'],
  ['a field as a list', 'person', { mentors: { set: [] } }, 'new value'],
  ['a reference untied', 'person', { employer: { disconnect: 'x' } }, 'new value'],
  ['no ids', 'seminar', { guests: ['x', 1] }, 'takes ids'],
])('refuses %s', async (_, object, data, reason) => {
  await open();
  const refused = await failure(engine.insert(object, { name: 'A', ...data }, system));
  expect(refused).toMatchObject({ code: 'nested_write_invalid' });
  expect((refused as Error).message).toContain(reason);
});

it('unties a thousand records at most', async () => {
  await open();
  const id = await add('company', { name: 'A' });
  const many = (count: number) =>
    Array.from({ length: count }, () => ({ name: 'x', employer: id }));
  await engine.insertMany('person', many(1_000), system);
  await engine.insertMany('person', many(1), system);
  const clear = () => failure(engine.update('company', id, { staff: { set: [] } }, system));
  expect(await clear()).toMatchObject({
    code: 'limit_exceeded',
    params: { limit: 'records to untie' },
  });
});

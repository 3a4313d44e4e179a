import { describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/index.js';
import { codesOf, keysOf, openWorld, system } from './support.js';

const contact = (fields: string) => ({ contact: `fields:\n${fields}` });
const before = contact('  name: { type: text }\n  mail: { type: email, unique: true }\n');
const after = contact(
  '  name: { type: text }\n  email: { type: email, unique: true, renamedFrom: mail }\n',
);

describe('renamedFrom of a field', () => {
  it('keeps values, uniqueness and the change log', async () => {
    const world = await openWorld();
    await world.load(before);
    const [id] = await world.insert('contact', { name: 'Ada', mail: 'ada@example.com' });
    await world.load(after);
    expect(await world.values('contact', 'email')).toEqual(['ada@example.com']);
    await expect(world.insert('contact', { email: 'ada@example.com' })).rejects.toThrow();
    const [entry] = await world.driver.reader.find({
      table: changeLogTable,
      columns: ['record_id', 'after'],
    });
    expect(entry).toMatchObject({ record_id: id, after: { email: 'ada@example.com' } });
    const table = (await world.driver.introspect()).find(({ name }) => name === 'contact');
    expect(table?.indexes.map(({ name }) => name)).toEqual([
      'ix_contact_organization_id',
      'ix_contact_owner_id_id',
      'ux_contact_email',
    ]);
    expect(table?.columns.map(({ name }) => name)).not.toContain('mail');
  });

  it('is a few safe steps, that a second plan does not have', async () => {
    const world = await openWorld();
    await world.load(before);
    const report = await world.plan(after);
    expect(report.risk).toBe('safe');
    expect(keysOf(report)).toEqual([
      'renameColumn contact.email',
      'dropIndex ux_contact_mail',
      'createIndex ux_contact_email',
      'relabelFields contact',
    ]);
    await world.apply(after);
    const again = await world.plan(after);
    expect(keysOf(again)).toEqual([]);
    expect(codesOf(again.plan.notices)).toEqual(['rename_done']);
  });

  it.skipIf(process.env['TEST_DATABASE'] === 'mongo')(
    'takes the translations along; they come without a rewrite, and go with consent',
    async () => {
      const world = await openWorld();
      await world.load(contact('  title: { type: text }\n'));
      await world.insert('contact', { title: 'Doctor' });
      const translatable = contact('  title: { type: text, translatable: true }\n');
      expect(keysOf(await world.plan(translatable))).toEqual(['addColumn contact.title__i18n']);
      await world.load(translatable);
      await world.insert('contact', { title: 'Nurse', 'title:de': 'Pfleger' });
      const german = async (field: string) => {
        const ctx = { ...system, recordLocale: 'de' };
        return (await world.runtime.engine.distinct('contact', field, ctx)).map(String);
      };
      const renamed = (more: string) =>
        contact(`  salutation: { type: text, renamedFrom: title${more} }\n`);
      await world.load(renamed(', translatable: true'));
      expect(await german('salutation')).toEqual(['Doctor', 'Pfleger']);
      const log = { table: changeLogTable, columns: ['after'] };
      expect(await world.driver.reader.find(log)).toMatchObject([
        { after: { salutation: 'Doctor' } },
        { after: { 'salutation:de': 'Pfleger' } },
      ]);
      const { waiting } = await world.plan(renamed(''));
      expect(waiting.map(({ key }) => key)).toEqual(['dropColumn contact.salutation__i18n']);
      await world.load(renamed(''));
      expect(await world.values('contact', 'salutation')).toEqual(['Doctor', 'Nurse']);
    },
  );

  it('is reported when it names nothing, and when two former names exist', async () => {
    const world = await openWorld();
    await world.load(contact('  a: { type: text }\n  b: { type: text }\n'));
    const stale = await world.plan(
      contact(
        '  a: { type: text }\n  b: { type: text }\n  c: { type: text, renamedFrom: nothing }\n',
      ),
    );
    expect(codesOf(stale.plan.notices)).toEqual(['rename_stale']);
    const two = await world.plan(contact('  c: { type: text, renamedFrom: [a, b] }\n'));
    expect(codesOf(two.problems)).toEqual(['rename_ambiguous']);
    await world.load(contact('  a: { type: text }\n  b: { type: text }\n  c: { type: text }\n'));
    const both = await world.plan(
      contact('  b: { type: text }\n  c: { type: text, renamedFrom: a }\n'),
    );
    expect(codesOf(both.problems)).toEqual(['rename_conflict']);
  });

  it('takes the one of several former names that exists, so that old and older databases follow', async () => {
    const world = await openWorld();
    await world.load(contact('  second: { type: text }\n'));
    await world.insert('contact', { second: 'kept' });
    await world.load(contact('  third: { type: text, renamedFrom: [first, second] }\n'));
    expect(await world.values('contact', 'third')).toEqual(['kept']);
  });

  it('keeps metadata that is older than the database from showing an empty field', async () => {
    const world = await openWorld();
    await world.load(before);
    await world.load(after);
    await expect(world.load(before)).rejects.toMatchObject({ code: 'migration_blocked' });
    expect(codesOf((await world.plan(before)).problems)).toEqual(['metadata_older']);
  });
});

it.each([
  [
    'names a field that exists',
    contact('  a: { type: text }\n  b: { type: text, renamedFrom: a }\n'),
  ],
  [
    'is claimed by two fields',
    contact('  a: { type: text, renamedFrom: x }\n  b: { type: text, renamedFrom: x }\n'),
  ],
])('renamedFrom that %s is refused with its place', async (_name, objects) => {
  const world = await openWorld();
  const error = await world.load(objects).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'metadata_invalid',
    details: { problems: [{ position: { file: 'objects/contact.object.yml', line: 3 } }] },
  });
});

describe('renamedFrom of an object', () => {
  const person = {
    person: 'renamedFrom: contact\nfields:\n  name: { type: text, index: true }\n',
    note: 'fields:\n  of: { type: lookup, reference: person }\n',
  };
  const old = {
    contact: 'fields:\n  name: { type: text, index: true }\n',
    note: 'fields:\n  of: { type: lookup, reference: contact }\n',
  };

  it('keeps records, references, indexes and history', async () => {
    const world = await openWorld();
    await world.load(old);
    const [id = ''] = await world.insert('contact', { name: 'Ada' });
    await world.insert('note', { of: id });
    await world.load(person);
    expect(await world.values('person', 'name')).toEqual(['Ada']);
    const { records } = await world.runtime.engine.find(
      'note',
      { expand: { of: { fields: ['name'] } } } as never,
      system,
    );
    expect(records[0]?.['of']).toMatchObject({ name: 'Ada' });
    const log = await world.driver.reader.find({
      table: changeLogTable,
      columns: ['object'],
      where: { op: 'eq', field: 'record_id', value: id },
    });
    expect(log).toEqual([{ object: 'person' }]);
    const names = (await world.driver.introspect()).map(({ name }) => name);
    expect(names).not.toContain('contact');
    expect(keysOf(await world.plan(person))).toEqual([]);
  });

  it('may free the name for another object', async () => {
    const world = await openWorld();
    await world.load(old);
    await world.insert('contact', { name: 'Ada' });
    await world.load(person);
    await expect(
      world.plan({ ...person, contact: 'fields:\n  name: { type: text, index: true }\n' }),
    ).rejects.toMatchObject({ code: 'metadata_invalid' });
    const settled = { ...person, person: 'fields:\n  name: { type: text, index: true }\n' };
    await world.load({ ...settled, contact: 'fields:\n  name: { type: text, index: true }\n' });
    expect(await world.values('contact', 'name')).toEqual([]);
    expect(await world.values('person', 'name')).toEqual(['Ada']);
  });
});

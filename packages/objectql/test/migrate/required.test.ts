import { describe, expect, it } from 'vitest';
import { codesOf, keysOf, openWorld, system } from './support.js';

const person = (...fields: string[]) => ({
  person: `fields:\n${fields.map((field) => `  ${field}\n`).join('')}`,
});
const names = ['first: { type: text }', 'last: { type: text }'];

describe('a field that becomes required', () => {
  it('gives records without a value the default', async () => {
    const world = await openWorld();
    await world.load(person('status: { type: text }'));
    await world.insert('person', { status: 'gone' }, {}, {});
    const to = person('status: { type: text, required: true, defaultValue: active }');
    const report = await world.plan(to);
    expect(keysOf(report)).toEqual(['fill person.status', 'checkRequired person.status']);
    expect(report.counts.get('fill person.status')).toBe(2);
    await world.load(to, 'backfill');
    expect(await world.values('person', 'status')).toEqual(['gone', 'active', 'active']);
  });

  it('that is new computes values from an expression, also from fields that are about to go', async () => {
    const world = await openWorld();
    await world.load(person(...names));
    await world.insert('person', { first: 'Ada', last: 'Lovelace' }, { last: 'Gödel' });
    const to = person(
      `name: { type: text, required: true, backfill: 'TRIM(BLANKVALUE(first, "") & " " & last)' }`,
    );
    await world.load(to, 'backfill');
    expect(await world.values('person', 'name')).toEqual(['Ada Lovelace', 'Gödel']);
  });

  it('is refused while records have no value, and names them', async () => {
    const world = await openWorld();
    await world.load(person(...names));
    const [id = ''] = await world.insert('person', { last: 'Gödel' });
    const to = person('first: { type: text, required: true }', 'last: { type: text }');
    const report = await world.plan(to);
    expect(codesOf(report.problems)).toEqual(['values_missing']);
    expect(report.problems[0]?.message).toContain(id);
    await expect(world.load(to)).rejects.toMatchObject({ code: 'migration_blocked' });
    const some = person(
      'first: { type: text, required: true, backfill: first }',
      'last: { type: text }',
    );
    expect(codesOf((await world.plan(some)).problems)).toEqual(['backfill_invalid']);
  });

  it('tells a backfill that does not work before anything is changed', async () => {
    const world = await openWorld();
    await world.load(person(...names));
    await world.insert('person', { last: 'Gödel' });
    for (const [backfill, reason] of [
      ['nowhere', 'nowhere'],
      ['last &', ''],
      ['VALUE(last)', ''],
    ] as const) {
      const to = person(...names, `age: { type: number, required: true, backfill: '${backfill}' }`);
      const { problems } = await world.plan(to);
      expect(codesOf(problems)).toContain('backfill_invalid');
      expect(problems[0]?.message).toContain(reason);
    }
  });

  it('needs nothing in an empty table', async () => {
    const world = await openWorld();
    await world.load(person(...names));
    await world.load(person('first: { type: text, required: true }', 'last: { type: text }'));
  });

  it('is checked when its type changes at the same time', async () => {
    const world = await openWorld();
    await world.load(person('age: { type: text }'));
    await world.insert('person', { age: '36' }, {});
    const to = person('age: { type: number, required: true, defaultValue: 0 }');
    await world.load(to, 'backfill');
    expect(await world.values('person', 'age')).toEqual([36, 0]);
  });
});

describe('a unique index', () => {
  it('is made after a look for values that occur twice, which are listed', async () => {
    const world = await openWorld();
    await world.load(person('code: { type: text }'));
    const [one = '', two = ''] = await world.insert(
      'person',
      { code: 'x' },
      { code: 'x' },
      { code: 'y' },
      {},
      {},
    );
    const unique = person('code: { type: text, unique: true }');
    const report = await world.plan(unique);
    expect(codesOf(report.problems)).toEqual(['values_not_unique']);
    expect(report.problems[0]?.message).toContain(`"x" in the records ${one}, ${two}`);
    await expect(world.load(unique)).rejects.toMatchObject({ code: 'migration_blocked' });
    await world.runtime.engine.update('person', two, { code: 'z' }, system);
    await world.load(unique);
    await expect(world.insert('person', { code: 'x' })).rejects.toThrow();
  });

  it('replaces an index of the same name, and one that nobody wants goes', async () => {
    const world = await openWorld();
    const indexed = (text: string) => ({
      person: `indexes: [${text}]\nfields:\n  a: { type: text }\n  b: { type: text }\n`,
    });
    await world.load(indexed('{ name: main, fields: [a] }'));
    const to = indexed('{ name: main, fields: [a, b], unique: true }');
    expect(keysOf(await world.plan(to))).toEqual([
      'dropIndex person_main',
      'checkUnique person_main',
      'createIndex person_main',
    ]);
    await world.load(to);
    await world.load({ person: 'fields:\n  a: { type: text }\n  b: { type: text }\n' });
    const [table] = (await world.driver.introspect()).filter(({ name }) => name === 'person');
    expect(table?.indexes.map(({ name }) => name)).toEqual([
      'ix_person_organization_id',
      'ix_person_owner_id_id',
    ]);
  });
});

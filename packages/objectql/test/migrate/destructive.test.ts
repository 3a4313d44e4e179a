import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codesOf, keysOf, openWorld } from './support.js';

const full = {
  person: 'fields:\n  name: { type: text, index: true }\n  fax: { type: text, unique: true }\n',
  pet: 'fields:\n  name: { type: text }\n',
};
const less = { person: 'fields:\n  name: { type: text, index: true }\n' };

describe('what the metadata does not have any more', () => {
  it('stays until somebody consents, names what would be lost, and does not keep a start', async () => {
    const world = await openWorld();
    await world.load(full);
    await world.insert('person', { name: 'Ada', fax: '1' }, { name: 'Kurt' });
    await world.insert('pet', { name: 'Rex' });
    await world.load(less);
    const report = await world.plan(less);
    expect(keysOf(report)).toEqual([]);
    expect(report.waiting.map(({ key }) => key)).toEqual([
      'dropColumn person.fax',
      'dropTable pet',
    ]);
    expect(report.counts.get('dropColumn person.fax')).toBe(1);
    const { done, waiting } = await world.apply(less);
    expect(done).toEqual([]);
    expect(waiting).toHaveLength(2);
    await world.load(full);
    expect(await world.values('person', 'fax')).toEqual(['1', null]);
    expect(await world.values('pet', 'name')).toEqual(['Rex']);
  });

  it('may only have another name: the plan says how to keep the values', async () => {
    const world = await openWorld();
    await world.load(full);
    const drop = async (fields: string) => {
      const report = await world.plan({ person: `fields:\n${fields}` });
      return report.waiting.find(({ key }) => key === 'dropColumn person.fax')?.reason;
    };
    const name = '  name: { type: text, index: true }\n';
    expect(await drop(`${name}  telefax: { type: text }\n`)).toContain(
      'if "telefax" is its new name, write "renamedFrom: fax" there',
    );
    expect(await drop(`${name}  born: { type: date }\n`)).not.toContain('new name');
    expect(await drop(name)).not.toContain('new name');
  });

  it('goes with consent, is kept aside, and comes back with an undo', async () => {
    const world = await openWorld();
    await world.load(full);
    const [ada = ''] = await world.insert('person', { name: 'Ada', fax: '1' }, { name: 'Kurt' });
    await world.insert('pet', { name: 'Rex' });
    await world.apply(less, { allowDestructive: true });
    const tables = (await world.driver.introspect()).map(({ name }) => name);
    expect(tables).not.toContain('pet');
    expect((await world.status(less)).kept).toHaveLength(2);
    await world.load(less);
    const [later = ''] = await world.insert('person', { name: 'Alan' });
    await world.runtime.migrator.undo();
    await world.load(full);
    expect(await world.values('person', 'fax')).toEqual(['1', null, null]);
    expect(await world.values('person', 'name')).toEqual(['Ada', 'Kurt', 'Alan']);
    expect([ada, later].every((id) => id !== '')).toBe(true);
    expect(await world.values('pet', 'name')).toEqual(['Rex']);
    expect((await world.status(full)).drift).toEqual([]);
    const history = (await world.status(full)).history.map(({ kind, state }) => `${kind} ${state}`);
    expect(history.slice(0, 2)).toEqual(['undo done', 'apply undone']);
  });

  it('can be forgotten for good', async () => {
    const world = await openWorld();
    await world.load(full);
    await world.insert('pet', { name: 'Rex' });
    await world.apply(less, { allowDestructive: true });
    expect(await world.runtime.migrator.forget()).toHaveLength(2);
    expect((await world.status(less)).kept).toEqual([]);
  });

  it('is preceded by a copy of a database in a file', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-migrate-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const world = await openWorld(`sqlite:${path.join(folder, 'data.sqlite')}`);
    await world.load(full);
    const { backup } = await world.apply(less, { allowDestructive: true });
    expect(existsSync(backup ?? '')).toBe(true);
    const copy = await openWorld(`sqlite:${backup ?? ''}`);
    expect((await copy.driver.introspect()).map(({ name }) => name)).toContain('pet');
  });
});

describe('values that do not convert', () => {
  const item = (field: string) => ({ item: `fields:\n  value: ${field}\n` });

  it('are emptied and kept aside with consent, and come back with an undo', async () => {
    const world = await openWorld();
    await world.load(item('{ type: text }'));
    await world.insert('item', { value: '1' }, { value: 'many' }, { value: '3' });
    const number = item('{ type: number }');
    const report = await world.plan(number, { allowDestructive: true });
    expect(codesOf(report.problems)).toEqual([]);
    expect(report.risk).toBe('destructive');
    await world.apply(number, { allowDestructive: true });
    await world.load(number);
    expect(await world.values('item', 'value')).toEqual([1, null, 3]);
    const [id = ''] = await world.insert('item', { value: 4.5 });
    expect(id).not.toBe('');
    await world.runtime.migrator.undo();
    await world.load(item('{ type: text }'));
    expect(await world.values('item', 'value')).toEqual(['1', 'many', '3', '4.5']);
  });
});

describe('an undo', () => {
  it('asks nothing anew of fields that it does not touch', async () => {
    const world = await openWorld();
    const country = { country: 'fields:\n  code: { type: text, required: true }\n' };
    const before = { ...country, city: 'fields:\n  name: { type: text, required: true }\n' };
    await world.load(before);
    await world.load({ ...country, city: 'fields:\n  name: { type: text }\n' });
    await world.insert('city', {});
    await world.load({
      ...country,
      city: 'fields:\n  name: { type: text }\n  size: { type: number }\n',
    });
    await world.runtime.migrator.undo({ allowDestructive: true });
    expect(keysOf(await world.plan(before))).toEqual(['checkRequired city.name']);
  });

  it('turns renames and additions round; what was added waits for consent', async () => {
    const world = await openWorld();
    await world.load({ person: 'fields:\n  name: { type: text }\n' });
    await world.insert('person', { name: 'Ada' });
    const to = {
      human: `renamedFrom: person
fields:
  title: { type: text, renamedFrom: name }
  age: { type: number }
`,
    };
    await world.load(to);
    await world.insert('human', { title: 'Kurt', age: 3 });
    const { waiting } = await world.runtime.migrator.undo();
    expect(waiting).toEqual(['drop the field "person.age" with its values']);
    await world.load({ person: 'fields:\n  name: { type: text }\n' });
    expect(await world.values('person', 'name')).toEqual(['Ada', 'Kurt']);
    await world.load(to);
    expect(await world.values('human', 'age')).toEqual([null, 3]);
  });

  it('is refused when there is nothing to undo', async () => {
    const world = await openWorld();
    const { migrator } = world.runtime;
    await expect(migrator.undo()).rejects.toMatchObject({ code: 'migration_undo_impossible' });
    await world.load(less);
    await expect(migrator.undo()).rejects.toMatchObject({ code: 'migration_undo_impossible' });
    await world.load(full);
    await migrator.undo();
    await expect(migrator.undo()).rejects.toMatchObject({ code: 'migration_undo_impossible' });
  });
});

describe('drift', () => {
  it('shows what somebody changed by hand', async () => {
    const world = await openWorld();
    await world.load(full);
    const pet = (await world.driver.introspect()).find(({ name }) => name === 'pet');
    const column = { name: 'legs', type: 'integer', nullable: true } as const;
    await world.driver.applySchema([
      { kind: 'createTable', table: { name: 'stray', columns: pet?.columns ?? [], indexes: [] } },
      { kind: 'addColumn', table: pet as never, column },
      { kind: 'dropColumn', table: 'pet', column: 'name' },
    ]);
    const { drift } = await world.status(full);
    expect(drift.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      'missing_column pet.name',
      'unknown_column pet.legs',
      'unknown_table stray',
    ]);
    await world.load(full);
    expect((await world.status(full)).drift.map(({ name }) => name)).toEqual(['pet.legs', 'stray']);
    await world.apply({ person: full.person }, { allowDestructive: true });
    expect((await world.driver.introspect()).map(({ name }) => name)).toContain('stray');
  });
});

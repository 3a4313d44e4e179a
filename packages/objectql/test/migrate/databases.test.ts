import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { changeLogTable, createDataRuntime } from '../../src/index.js';
import { databaseNames, openDatabase } from '../engine/databases.js';
import { after, before } from './crash-fixture.js';
import { mortal } from './mortal.js';
import { openWorld, system } from './support.js';

const names = await databaseNames();
const PEOPLE = 620;

describe.each(names)('migrations on %s', (name) => {
  let url = '';
  beforeEach(async () => {
    const database = await openDatabase(name);
    url = database.url;
    onTestFinished(() => database.drop(), 60_000);
  });

  const person = (index: number) => ({
    name: `P${index}`,
    mail: `p${index}@example.com`,
    age: String(index % 90),
    score: index % 100 === 0 ? 'none' : String(index / 2),
    fax: `f${index}`,
  });

  it('every kind of step goes forth, also after an interruption, and back', async () => {
    const world = await openWorld(url);
    const { runtime } = world;
    await runtime.load([{ layer: 'app', files: before }]);
    await world.insert('contact', ...Array.from({ length: PEOPLE }, (_, index) => person(index)));
    await world.insert('pet', { name: 'Rex' });
    const layers = [{ layer: 'app', files: after }];
    const target = await runtime.target(layers);
    for (const count of [4, 9, 14]) {
      const die = (): never => {
        throw new Error('dead');
      };
      const dying = createDataRuntime({
        driver: mortal(world.driver, { count, where: 'within', die }),
      });
      await expect(dying.migrator.apply(target, { allowDestructive: true })).rejects.toThrow();
    }
    await runtime.migrator.apply(target, { allowDestructive: true });
    await runtime.load(layers);
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const found = await runtime.engine.find('person', { orderBy, limit: 1000 }, system);
    expect(found.records).toHaveLength(PEOPLE);
    found.records.forEach((record, index) => {
      const { mail, fax } = person(index);
      const score = index % 100 === 0 ? null : index / 2;
      const values = { email: mail, age: index % 90, score, label: `P${index}/${fax}` };
      expect(record).toMatchObject({ ...values, status: 'active' });
    });
    const where = { op: 'eq', field: 'object', value: 'person' } as const;
    expect(await world.driver.reader.count({ table: changeLogTable, where })).toBe(PEOPLE);
    const status = await runtime.migrator.status(target);
    expect(status.drift).toEqual([]);
    expect(status.report.plan.steps).toEqual([]);
    await runtime.migrator.undo({ allowDestructive: true });
    await runtime.load([{ layer: 'app', files: before }]);
    const back = await runtime.engine.find('contact', { orderBy, limit: 1000 }, system);
    back.records.forEach((record, index) => expect(record).toMatchObject(person(index)));
    expect(await runtime.engine.count('pet', {}, system)).toBe(1);
  }, 120_000);

  it('two nodes that start at once migrate once', async () => {
    if (name === 'sqlite') return;
    const [one, other] = [await openWorld(url), await openWorld(url)];
    const item = (type: string) => ({ item: `fields:\n  value: { type: ${type} }\n` });
    await one.load(item('text'));
    await one.insert(
      'item',
      ...Array.from({ length: 600 }, (_, index) => ({ value: String(index) })),
    );
    const to = item('number');
    const steps = await Promise.all([one.load(to, 'backfill'), other.load(to, 'backfill')]);
    expect(steps.map((count) => count > 0).sort()).toEqual([false, true]);
  }, 60_000);

  it('automatic numbers go on counting after a rename', async () => {
    const world = await openWorld(url);
    const object = (field: string, head = '') =>
      `${head}fields:\n  ${field}\n  title: { type: text }\n`;
    await world.load({ bill: object(`serial: { type: autonumber, format: 'B-{000}' }`) });
    await world.insert('bill', { title: 'a' }, { title: 'b' });
    await world.load({
      invoice: object(
        `number: { type: autonumber, format: 'B-{000}', renamedFrom: serial }`,
        'renamedFrom: bill\n',
      ),
    });
    await world.insert('invoice', { title: 'c' });
    expect(await world.values('invoice', 'number')).toEqual(['B-001', 'B-002', 'B-003']);
  });
});

import { describe, expect, it } from 'vitest';
import { codesOf, keysOf, openWorld } from './support.js';

const item = (field: string) => ({ item: `fields:\n  value: ${field}\n` });

describe('a change of type', () => {
  it.each([
    [
      'text to number',
      '{ type: text }',
      ['12', ' 3.5 ', null],
      '{ type: number }',
      [12, 3.5, null],
    ],
    ['text to whole number', '{ type: text }', ['12'], '{ type: number, scale: 0 }', [12]],
    ['whole number to number', '{ type: number, scale: 0 }', [7], '{ type: number }', [7]],
    ['number to text', '{ type: number }', [1.5, 2], '{ type: text }', ['1.5', '2']],
    ['text to date', '{ type: text }', ['2026-01-31'], '{ type: date }', ['2026-01-31']],
    [
      'date to datetime',
      '{ type: date }',
      ['2026-01-31'],
      '{ type: datetime }',
      ['2026-01-31T00:00:00.000Z'],
    ],
    [
      'text to boolean',
      '{ type: text }',
      ['yes', 'False', '1'],
      '{ type: boolean }',
      [true, false, true],
    ],
    ['boolean to text', '{ type: boolean }', [true, false], '{ type: text }', ['true', 'false']],
    [
      'select to multiselect',
      '{ type: select, options: [{ value: a }] }',
      ['a'],
      '{ type: multiselect, options: [{ value: a }] }',
      [['a']],
    ],
    ['tags of one to text', '{ type: tags }', [['a'], null], '{ type: text }', ['a', null]],
  ])('converts %s', async (_name, from, values, to, expected) => {
    const world = await openWorld();
    await world.load(item(from));
    await world.insert('item', ...values.map((value) => ({ value })));
    expect((await world.plan(item(to))).risk).toBe('backfill');
    await expect(world.load(item(to))).rejects.toMatchObject({ code: 'migration_required' });
    await world.load(item(to), 'backfill');
    expect(await world.values('item', 'value')).toEqual(expected);
    expect(keysOf(await world.plan(item(to)))).toEqual([]);
  });

  it('names the values that do not convert, and changes nothing', async () => {
    const world = await openWorld();
    await world.load(item('{ type: text }'));
    const [, bad] = await world.insert('item', { value: '1' }, { value: 'many' });
    const report = await world.plan(item('{ type: number }'));
    expect(codesOf(report.problems)).toEqual(['values_not_convertible']);
    expect(report.problems[0]?.message).toContain(`record ${bad ?? ''} has "many"`);
    await expect(world.apply(item('{ type: number }'))).rejects.toMatchObject({
      code: 'migration_blocked',
    });
    expect(await world.values('item', 'value')).toEqual(['1', 'many']);
  });

  it('checks converted values against the definition of the field', async () => {
    const world = await openWorld();
    await world.load(item('{ type: text }'));
    await world.insert('item', { value: '120' });
    const report = await world.plan(item('{ type: number, max: 100 }'));
    expect(report.problems[0]?.message).toContain('at most 100');
  });

  it('to a select looks at the values that exist', async () => {
    const world = await openWorld();
    const select = item('{ type: select, options: [{ value: red }, { value: blue }] }');
    await world.load(item('{ type: text }'));
    await world.insert('item', { value: 'red' }, { value: 'green' });
    const report = await world.plan(select);
    expect(codesOf(report.problems)).toEqual(['values_not_allowed']);
    expect(report.problems[0]?.message).toContain('"green"');
    await expect(world.load(select)).rejects.toMatchObject({ code: 'migration_blocked' });
    const wider = item(
      '{ type: select, options: [{ value: red }, { value: blue }, { value: green }] }',
    );
    await world.load(wider);
    expect(await world.values('item', 'value')).toEqual(['red', 'green']);
  });

  it('is refused where there is no way, with what to do', async () => {
    const world = await openWorld();
    await world.load(item('{ type: date }'));
    const report = await world.plan(item('{ type: boolean }'));
    expect(codesOf(report.problems)).toEqual(['type_change_refused']);
    expect(report.problems[0]?.hint).toContain('backfill');
  });

  it('goes together with a rename and keeps a unique index', async () => {
    const world = await openWorld();
    await world.load(item('{ type: text, unique: true }'));
    await world.insert('item', { value: '1' }, { value: '2' });
    const to = { item: 'fields:\n  size: { type: number, unique: true, renamedFrom: value }\n' };
    await world.load(to, 'backfill');
    expect(await world.values('item', 'size')).toEqual([1, 2]);
    await expect(world.insert('item', { size: 2 })).rejects.toThrow();
    expect(keysOf(await world.plan(to))).toEqual([]);
  });

  it('sees values that two texts become one number of, before it begins', async () => {
    const world = await openWorld();
    await world.load(item('{ type: text, unique: true }'));
    await world.insert('item', { value: '1' }, { value: '1.0' });
    await expect(world.apply(item('{ type: number, unique: true }'))).rejects.toMatchObject({
      code: 'migration_blocked',
    });
    // The check after the conversion found it: the old column is still in force.
    expect(await world.values('item', 'value')).toEqual(['1', '1.0']);
    await world.load(item('{ type: text, unique: true }'));
    const columns = (await world.driver.introspect()).find(({ name }) => name === 'item')?.columns;
    expect(columns?.map(({ name }) => name)).not.toContain('value__next');
  });
});

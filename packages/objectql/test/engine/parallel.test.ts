import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

/** What holds however many writers there are, on a database where they run side by side too. */
describe('writes at the same time', () => {
  it('of one record follow each other: one revision for each', async () => {
    engine = await openEngine();
    await engine.insert('account', { name: 'A', revenue: 0 }, system);
    const [record] = (await engine.find('account', {}, system)).records;
    const id = record?.['id'] as string;
    await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        engine.update('account', id, { revenue: index + 1 }, system),
      ),
    );
    expect((await engine.get('account', id, system))['revision']).toBe(26);
  });

  it('that cross each other all succeed, or say that they met others', async () => {
    engine = await openEngine();
    const ids = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        const { id } = await engine.insert('account', { name }, system);
        return id as string;
      }),
    );
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => {
        const order = index % 2 === 0 ? ids : [...ids].reverse();
        const rows = order.map((id) => ({ id, data: { revenue: index } }));
        return engine.updateMany('account', rows, system);
      }),
    );
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    );
    expect(failures.filter((code) => code !== 'transaction_conflict')).toEqual([]);
    const { records } = await engine.find('account', {}, system);
    expect(new Set(records.map(({ revenue }) => revenue)).size).toBe(1);
  });

  it('never leave a reference to a record that is gone', async () => {
    engine = await openEngine();
    for (let round = 0; round < 8; round += 1) {
      const { id } = await engine.insert('account', { name: 'A' }, system);
      const added = engine.insert('contact', { name: 'C', account: id as string }, system);
      await Promise.allSettled([added, engine.delete('account', id as string, system)]);
    }
    const { records } = await engine.find('contact', { expand: { account: {} } }, system);
    for (const contact of records) expect(contact['account']).toBeNull();
  });

  it('of one unique value give one record', async () => {
    engine = await openEngine();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => engine.insert('account', { name: 'A', code: 'x' }, system)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'duplicate_value' });
    }
    expect(await engine.count('account', {}, system)).toBe(1);
  });
});

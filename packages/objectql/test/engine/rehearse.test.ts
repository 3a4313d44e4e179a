import type { AccessPolicy } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

describe('rehearse', () => {
  it('undoes everything, tells no event, and lists changes, hooks and rules', async () => {
    const told: unknown[] = [];
    engine = await openEngine({ onCommit: (_, changes) => told.push(...changes) });
    let rehearsal: boolean | undefined;
    engine.hook('afterInsert', 'account', ({ ctx }) => void (rehearsal = ctx.rehearsal), {
      owner: 'greeter',
    });
    const { outcome, changes, steps } = await engine.rehearse(system, (ctx) =>
      engine.insert('account', { name: 'A', status: 'lost' }, ctx),
    );
    expect(outcome).toMatchObject({ ok: true, result: { name: 'A' } });
    expect(changes).toMatchObject([{ object: 'account', operation: 'create' }]);
    expect(steps).toEqual([
      { kind: 'rule', name: 'lost_has_no_revenue', object: 'account', failed: false },
      { kind: 'rule', name: 'status_order', object: 'account', failed: false },
      { kind: 'hook', name: 'afterInsert', object: 'account', owner: 'greeter' },
    ]);
    expect(rehearsal).toBe(true);
    expect(told).toEqual([]);
    expect(await engine.count('account', {}, system)).toBe(0);
    expect(await engine.driver.reader.count({ table: changeLogTable })).toBe(0);
  });

  it('lists the records that a deletion cascades to', async () => {
    engine = await openEngine();
    const invoice = await engine.insert('invoice', { name: 'I' }, system);
    const line = await engine.insert('line', { name: 'L', invoice: invoice['id'] }, system);
    const { changes } = await engine.rehearse(system, (ctx) =>
      engine.delete('invoice', invoice['id'] as string, ctx),
    );
    expect(changes.map(({ object, id }) => [object, id])).toEqual([
      ['line', line['id']],
      ['invoice', invoice['id']],
    ]);
  });

  it('reports a broken rule instead of throwing it', async () => {
    engine = await openEngine();
    const { outcome, changes, steps } = await engine.rehearse(system, (ctx) =>
      engine.insert('account', { name: 'A', status: 'lost', revenue: 5 }, ctx),
    );
    expect(outcome).toMatchObject({ ok: false, error: { code: 'validation_error' } });
    expect(changes).toEqual([]);
    expect(steps).toContainEqual({
      kind: 'rule',
      name: 'lost_has_no_revenue',
      object: 'account',
      failed: true,
    });
  });

  it('throws what is no refusal', async () => {
    engine = await openEngine();
    const work = engine.rehearse(system, () => Promise.reject(new Error('boom')));
    await expect(work).rejects.toThrow('boom');
  });

  it('shows a user only records and fields that they may read', async () => {
    const access: AccessPolicy = {
      decide: (_, object) =>
        object === 'line'
          ? { allowed: false, reason: 'hidden' }
          : { allowed: true, readable: new Set(['id', 'name']) },
    };
    engine = await openEngine({ access });
    const ctx = user();
    const account = await engine.insert('account', { name: 'A' }, ctx);
    const created = await engine.rehearse(ctx, (inside) =>
      engine.insert('account', { name: 'B' }, inside),
    );
    expect(Object.keys(created.changes[0]?.after ?? {}).sort()).toEqual(['id', 'name']);
    const invoice = await engine.insert('invoice', { name: 'I' }, ctx);
    await engine.insert('line', { invoice: invoice['id'] }, system);
    const deleted = await engine.rehearse(ctx, (inside) =>
      engine.delete('invoice', invoice['id'] as string, inside),
    );
    expect(deleted.changes.map(({ object }) => object)).toEqual(['invoice']);
    expect(account['revision']).toBeUndefined();
  });

  it('inside a transaction undoes only itself', async () => {
    engine = await openEngine();
    await engine.transaction(system, async (ctx) => {
      await engine.insert('account', { name: 'A' }, ctx);
      await engine.rehearse(ctx, (inside) => engine.insert('account', { name: 'B' }, inside));
    });
    expect(await engine.count('account', {}, system)).toBe(1);
  });
});

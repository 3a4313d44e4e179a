import type { ExecutionContext } from '@objectos/spec/contracts';
import { systemContext } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { REMEMBERED_MS } from '../../src/engine/once.js';
import { idempotencyTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
let now = Date.UTC(2026, 0, 1);
afterEach(() => engine.close());

async function open(): Promise<void> {
  engine = await openEngine({ now: () => now });
}

function insertOnce(key: string, name: string, ctx: ExecutionContext = system) {
  const request = { key, scope: 'POST /account', fingerprint: name };
  return engine.once(request, ctx, async (inside) => {
    const record = await engine.insert('account', { name }, inside);
    return { id: record['id'], name };
  });
}

const keys = () => engine.driver.reader.count({ table: idempotencyTable });
const accounts = () => engine.count('account', {}, system);

describe('once', () => {
  it('runs the work once, and tells the stored result afterwards', async () => {
    await open();
    const first = await insertOnce('k', 'A');
    expect(first.replayed).toBe(false);
    expect(await insertOnce('k', 'A')).toEqual({ result: first.result, replayed: true });
    expect(await accounts()).toBe(1);
  });

  it('runs equal requests at the same time once', async () => {
    await open();
    const all = await Promise.all(Array.from({ length: 20 }, () => insertOnce('k', 'A')));
    expect(all.filter((one) => !one.replayed)).toHaveLength(1);
    expect(new Set(all.map((one) => one.result.id)).size).toBe(1);
    expect(await accounts()).toBe(1);
  });

  it('refuses the key for something else', async () => {
    await open();
    await insertOnce('k', 'A');
    await expect(insertOnce('k', 'B')).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      status: 422,
    });
  });

  it('keeps tenants and principals apart', async () => {
    await open();
    await insertOnce('k', 'A');
    await insertOnce('k', 'A', systemContext('other'));
    await insertOnce('k', 'A', systemContext('other', { tenantId: 'org-a' }));
    expect(await accounts()).toBe(3);
  });

  it('leaves neither key nor effect when the work fails', async () => {
    await open();
    const request = { key: 'k', scope: 's', fingerprint: 'f' };
    const failing = engine.once(request, system, async (inside) => {
      await engine.insert('account', { name: 'A' }, inside);
      throw new Error('boom');
    });
    await expect(failing).rejects.toThrow('boom');
    expect(await accounts()).toBe(0);
    expect(await keys()).toBe(0);
  });

  it('joins a transaction: key and effect are undone with it', async () => {
    await open();
    const outer = engine.transaction(system, async (ctx) => {
      await insertOnce('k', 'A', ctx);
      expect((await insertOnce('k', 'A', ctx)).replayed).toBe(true);
      throw new Error('boom');
    });
    await expect(outer).rejects.toThrow('boom');
    expect(await keys()).toBe(0);
    expect(await accounts()).toBe(0);
  });

  it('forgets after a day, and removes old keys', async () => {
    await open();
    await insertOnce('k', 'A');
    await insertOnce('other', 'B');
    now += REMEMBERED_MS;
    expect((await insertOnce('k', 'A')).replayed).toBe(false);
    expect(await accounts()).toBe(3);
    // Nobody waits for the removal.
    await expect.poll(keys).toBe(1);
  });

  it('gives a user without rights no way around the policy', async () => {
    await open();
    await expect(insertOnce('k', 'A', user())).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await keys()).toBe(0);
  });
});

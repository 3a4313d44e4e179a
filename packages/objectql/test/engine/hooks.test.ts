import type { ContextCarrier, ExecutionContext } from '@objectos/spec/contracts';
import { systemContext } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

function carrier(): ContextCarrier {
  const storage = new AsyncLocalStorage<ExecutionContext>();
  return { run: (ctx, work) => storage.run(ctx, work), current: () => storage.getStore() };
}

const owner = { owner: 'test' };

describe('record hooks', () => {
  it('run in order, may change the data, and see the transaction', async () => {
    engine = await openEngine();
    const seen: string[] = [];
    engine.hook(
      'beforeInsert',
      'account',
      ({ data }) => void (data['name'] = `${String(data['name'])}!`),
      { owner: 'b', order: 20 },
    );
    engine.hook(
      'beforeInsert',
      '*',
      async ({ data }) => {
        await Promise.resolve();
        seen.push(String(data['name']));
      },
      { owner: 'a', order: 10 },
    );
    engine.hook(
      'afterInsert',
      'account',
      async ({ id, ctx }) => {
        expect(await engine.get('account', id, ctx)).toMatchObject({ name: 'A!' });
        await expect(engine.get('account', id, system)).rejects.toMatchObject({
          code: 'record_not_found',
        });
      },
      owner,
    );
    expect(await engine.insert('account', { name: 'A' }, system)).toMatchObject({ name: 'A!' });
    expect(seen).toEqual(['A']);
  });

  it('veto with a catalogue error, and undo the write', async () => {
    engine = await openEngine();
    engine.hook(
      'afterInsert',
      'account',
      () => {
        throw createError('hook_rejected', { object: 'account', reason: 'not today' });
      },
      owner,
    );
    await expect(engine.insert('account', { name: 'A' }, system)).rejects.toMatchObject({
      code: 'hook_rejected',
    });
    expect(await engine.count('account', {}, system)).toBe(0);
  });

  it.each([
    [
      'synchronously',
      () => {
        throw new Error('boom');
      },
    ],
    ['asynchronously', () => Promise.reject(new Error('boom'))],
    [
      'after an await',
      async () => {
        await Promise.resolve();
        throw new Error('boom');
      },
    ],
  ])(
    'that fail %s are named, with their cause',
    async (_how, handler: () => void | Promise<void>) => {
      engine = await openEngine();
      engine.hook('beforeInsert', 'account', handler, { owner: 'acme' });
      const error: unknown = await engine
        .insert('account', { name: 'A' }, system)
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'hook_failed',
        params: { hook: 'beforeInsert', owner: 'acme' },
      });
      expect(isObjectOSError(error) && (error.cause as Error).message).toBe('boom');
      expect(await engine.count('account', {}, system)).toBe(0);
    },
  );

  it('cannot set system fields or values of the wrong type', async () => {
    engine = await openEngine();
    const dispose = engine.hook(
      'beforeInsert',
      'account',
      ({ data }) => void (data['revision'] = 7),
      owner,
    );
    await expect(engine.insert('account', { name: 'A' }, system)).rejects.toMatchObject({
      code: 'read_only_field',
    });
    await dispose();
    engine.hook('beforeInsert', 'account', ({ data }) => void (data['revenue'] = 'much'), owner);
    await expect(engine.insert('account', { name: 'A' }, system)).rejects.toMatchObject({
      code: 'validation_error',
    });
  });

  it('narrow reads by list and by id, and see the records of both', async () => {
    engine = await openEngine();
    const { id } = await engine.insert('account', { name: 'A' }, system);
    const dispose = engine.hook(
      'beforeFind',
      'account',
      ({ query }) => ({
        ...query,
        where: {
          op: 'and',
          args: [{ op: 'ne', field: 'name', value: 'A' }, ...(query.where ? [query.where] : [])],
        },
      }),
      owner,
    );
    expect((await engine.find('account', {}, system)).records).toEqual([]);
    expect(await engine.count('account', {}, system)).toBe(0);
    await expect(engine.get('account', id as string, system)).rejects.toMatchObject({
      code: 'record_not_found',
    });
    await dispose();
    engine.hook(
      'afterFind',
      'account',
      ({ records }) => {
        for (const record of records) record['name'] = 'masked';
      },
      owner,
    );
    await engine.insert('contact', { name: 'C', account: id }, system);
    expect(await engine.get('account', id as string, system)).toMatchObject({ name: 'masked' });
    const { records } = await engine.find('contact', { expand: { account: {} } }, system);
    expect(records).toMatchObject([{ account: { name: 'masked' } }]);
  });

  it('that write each other in a circle are stopped with the chain', async () => {
    engine = await openEngine();
    engine.hook(
      'afterInsert',
      'account',
      async ({ ctx }) => {
        await engine.insert('contact', { name: 'C' }, ctx);
      },
      owner,
    );
    engine.hook(
      'afterInsert',
      'contact',
      async ({ ctx }) => {
        await engine.insert('account', { name: 'A' }, ctx);
      },
      owner,
    );
    const error: unknown = await engine
      .insert('account', { name: 'A' }, system)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'recursion_limit' });
    expect((error as Error).message).toContain(
      'insert account -> insert contact -> insert account',
    );
    expect(await engine.count('account', {}, system)).toBe(0);
    expect(await engine.count('contact', {}, system)).toBe(0);
  });

  it('that write with a context of their own join the running transaction', async () => {
    engine = await openEngine({ carrier: carrier() });
    engine.hook(
      'afterInsert',
      'account',
      async () => {
        await engine.insert('contact', { name: 'C' }, systemContext('hook'));
        throw createError('hook_rejected', { object: 'account', reason: 'no' });
      },
      owner,
    );
    await expect(engine.insert('account', { name: 'A' }, system)).rejects.toMatchObject({
      code: 'hook_rejected',
    });
    expect(await engine.count('contact', {}, system)).toBe(0);
  });
});

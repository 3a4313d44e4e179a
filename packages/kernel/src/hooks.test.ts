import { createError } from '@objectos/spec/errors';
import { expect, it } from 'vitest';
import { createHookRegistry } from './hooks.js';

it('runs by order, then plugin id, then registration', () => {
  const hooks = createHookRegistry();
  const ran: string[] = [];
  const add = (name: string, owner: string, order: number) =>
    hooks.add('h', owner, () => void ran.push(name), order);
  add('third', 'b', 100);
  add('second', 'a', 100);
  add('last', 'a', 200);
  add('first', 'z', 1);
  add('fourth', 'b', 100);
  void hooks.run('h', []);
  expect(ran).toEqual(['first', 'second', 'third', 'fourth', 'last']);
});

it('gives no promise when every handler is synchronous, or there is none', () => {
  const hooks = createHookRegistry();
  expect(hooks.run('h', [])).toBeUndefined();
  hooks.add('h', 'a', (payload) => void ((payload as { n: number }).n += 1), 100);
  hooks.add('h', 'b', (payload) => void ((payload as { n: number }).n += 1), 100);
  const payload = { n: 0 };
  expect(hooks.run('h', [payload])).toBeUndefined();
  expect(payload.n).toBe(2);
});

it('awaits each handler before the next', async () => {
  const hooks = createHookRegistry();
  const ran: string[] = [];
  hooks.add(
    'h',
    'a',
    async () => {
      await Promise.resolve();
      ran.push('a');
    },
    1,
  );
  hooks.add('h', 'b', () => void ran.push('b'), 2);
  hooks.add(
    'h',
    'c',
    async () => {
      await Promise.resolve();
      ran.push('c');
    },
    3,
  );
  await hooks.run('h', []);
  expect(ran).toEqual(['a', 'b', 'c']);
});

it.each<[string, () => void | Promise<void>]>([
  [
    'synchronously',
    () => {
      throw new TypeError('boom');
    },
  ],
  ['asynchronously', () => Promise.reject(new TypeError('boom'))],
  [
    'after an await',
    async () => {
      await Promise.resolve();
      throw new TypeError('boom');
    },
  ],
])('stops at a handler that fails %s, and says whose it was', async (_how, handler) => {
  const hooks = createHookRegistry();
  let reached = false;
  hooks.add('data.record.beforeInsert', 'audit', handler, 1);
  hooks.add('data.record.beforeInsert', 'later', () => void (reached = true), 2);
  const run = async () => hooks.run('data.record.beforeInsert', [{ object: 'contact' }]);
  await expect(run()).rejects.toMatchObject({
    code: 'hook_failed',
    message: 'Hook "data.record.beforeInsert" of plugin "audit" failed on "contact".',
    cause: expect.objectContaining({ message: 'boom' }),
  });
  expect(reached).toBe(false);
});

it('lets a refusal from the catalogue through as it is', async () => {
  const hooks = createHookRegistry();
  const veto = createError('hook_rejected', { object: 'contact', reason: 'it is frozen' });
  hooks.add(
    'sync',
    'a',
    () => {
      throw veto;
    },
    1,
  );
  hooks.add('async', 'a', () => Promise.reject(veto), 1);
  expect(() => hooks.run('sync', [])).toThrow(veto);
  await expect(hooks.run('async', [])).rejects.toBe(veto);
});

it('names its payload when the hook is about no object', () => {
  const hooks = createHookRegistry();
  hooks.add(
    'h',
    'a',
    () => {
      throw new TypeError('boom');
    },
    1,
  );
  expect(() => hooks.run('h', [])).toThrow('failed on "its payload"');
  expect(() => hooks.run('h', [{ object: 1 }])).toThrow('failed on "its payload"');
});

it('goes on over the handlers it began with when they change meanwhile', async () => {
  const hooks = createHookRegistry();
  const ran: string[] = [];
  const remove = hooks.add('h', 'b', () => void ran.push('b'), 2);
  hooks.add(
    'h',
    'a',
    async () => {
      await remove();
      hooks.add('h', 'c', () => void ran.push('c'), 3);
    },
    1,
  );
  await hooks.run('h', []);
  expect(ran).toEqual(['b']);
  expect(hooks.size).toBe(2);
});

it('knows whether there is anything to run', async () => {
  const hooks = createHookRegistry();
  expect(hooks.has('__proto__')).toBe(false);
  const remove = hooks.add('h', 'a', () => undefined, 1);
  expect(hooks.has('h')).toBe(true);
  await remove();
  await remove();
  expect([hooks.has('h'), hooks.size]).toEqual([false, 0]);
});

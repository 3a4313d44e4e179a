import { expect, it } from 'vitest';
import { createServiceRegistry } from './services.js';

it('keeps what a successor provides when a late disposer comes', async () => {
  const services = createServiceRegistry();
  const first = services.provide('cache', 'a', 1);
  await first();
  services.provide('cache', 'b', 2);
  await first();
  expect([services.get('cache'), [...services.ids()]]).toEqual([2, ['cache']]);
});

it('names both providers of one service, also when they are the same', () => {
  const services = createServiceRegistry();
  services.provide('cache', 'a', 1);
  expect(() => services.provide('cache', 'a', 1)).toThrow('Both "a" and "a" provide');
  expect(services.has('__proto__')).toBe(false);
});

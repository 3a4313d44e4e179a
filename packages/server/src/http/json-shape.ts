import { createError } from '@objectos/spec/errors';

interface Level {
  readonly value: object;
  readonly depth: number;
}

/**
 * Refuses parsed JSON that is nested too deeply or bears a key that means something to JavaScript.
 * Runs right after parsing and without recursion: code behind it may recurse, merge and clone.
 *
 * @throws `limit_exceeded` (jsonDepth), `body_invalid`
 */
export function checkJsonShape(value: unknown, maxDepth: number): void {
  if (typeof value !== 'object' || value === null) return;
  const pending: Level[] = [{ value, depth: 1 }];
  for (let level = pending.pop(); level !== undefined; level = pending.pop()) {
    if (level.depth > maxDepth) {
      throw createError('limit_exceeded', {
        limit: 'jsonDepth',
        max: maxDepth,
        actual: level.depth,
      });
    }
    if (Array.isArray(level.value)) visitArray(level.value, level.depth, pending);
    else visitObject(level.value, level.depth, pending);
  }
}

function visitArray(items: readonly unknown[], depth: number, pending: Level[]): void {
  for (const item of items) {
    if (typeof item === 'object' && item !== null) pending.push({ value: item, depth: depth + 1 });
  }
}

function visitObject(value: object, depth: number, pending: Level[]): void {
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const nested = typeof item === 'object' && item !== null;
    if (isHostile(key, nested ? item : undefined)) {
      throw createError('body_invalid', { reason: `the key "${key.slice(0, 60)}" is not allowed` });
    }
    if (nested) pending.push({ value: item, depth: depth + 1 });
  }
}

/** `a.__proto__.x` counts too: some libraries read dotted keys as paths. */
function isHostile(key: string, value: object | undefined): boolean {
  if (key.includes('__proto__') || key.includes('constructor.prototype')) return true;
  return key === 'constructor' && value !== undefined && Object.hasOwn(value, 'prototype');
}

import { createError } from '@objectos/spec/errors';

/** A stored value. */
export interface Entry {
  /** Frozen. */
  readonly value: unknown;
  /** The value as JSON text. */
  readonly text: string;
  /** Epoch milliseconds from which the value is stale. */
  readonly freshUntil: number;
  /** Epoch milliseconds from which the value is gone. */
  readonly expiresAt: number;
  /** Tags, complete with their scope. */
  readonly tags: readonly string[];
}

const CONTROL = /\p{Cc}/u;
const MAX_KEY = 512;

/** @throws `cache_key_invalid` */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '') throw invalidKey(key, 'it is empty');
  if (key.length > MAX_KEY) throw invalidKey(`${key.slice(0, 40)}…`, 'it is too long');
  if (CONTROL.test(key)) throw invalidKey(JSON.stringify(key), 'it has control characters');
}

function invalidKey(key: string, reason: string) {
  return createError('cache_key_invalid', { key, reason });
}

/**
 * The value as JSON text, so that memory and Redis keep the same thing.
 *
 * @throws `cache_value_invalid`, `cache_value_too_large`
 */
export function toText(key: string, value: unknown, max: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it cannot be written';
    throw createError('cache_value_invalid', { key, reason }, { cause });
  }
  if (text === undefined) {
    throw createError('cache_value_invalid', { key, reason: `it is ${typeof value}` });
  }
  if (text.length > max) {
    throw createError('cache_value_too_large', { key, max, actual: text.length });
  }
  return text;
}

/** The value of a JSON text, frozen in depth: one copy serves all readers. */
export function fromText(text: string): unknown {
  return freeze(JSON.parse(text) as unknown);
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

import type { KeyValueScope } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Cs}/u;
const MAX_KEY = 512;
/** Joins the parts of a scope. No part holds it, so scopes never overlap. */
const SEPARATOR = '\u001f';

/** @throws `storage_key_invalid` */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '') throw invalidKey(key, 'it is empty');
  if (key.length > MAX_KEY) throw invalidKey(`${key.slice(0, 40)}…`, 'it is too long');
  if (CONTROL.test(key)) throw invalidKey(JSON.stringify(key), 'it has control characters');
  if (LONE_SURROGATE.test(key)) throw invalidKey(JSON.stringify(key), 'it is not Unicode text');
}

/** The scope as one text, with which all its keys begin. @throws `storage_key_invalid` */
export function scopePrefix({ owner, tenantId }: KeyValueScope): string {
  checkKey(owner);
  if (typeof tenantId === 'string') checkKey(tenantId);
  return `${owner}${SEPARATOR}${tenantId ?? ''}${SEPARATOR}`;
}

/** The value as JSON text. @throws `storage_value_invalid`, `storage_value_too_large` */
export function toText(key: string, value: unknown, max: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it cannot be written';
    throw createError('storage_value_invalid', { key, reason }, { cause });
  }
  if (text === undefined) {
    throw createError('storage_value_invalid', { key, reason: `it is ${typeof value}` });
  }
  const actual = Buffer.byteLength(text);
  if (actual > max) throw createError('storage_value_too_large', { key, max, actual });
  return text;
}

function invalidKey(key: string, reason: string) {
  return createError('storage_key_invalid', { key, reason });
}

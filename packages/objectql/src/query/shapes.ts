const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** A plain object: made by a literal or by JSON, not a class instance, list or date. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** True for an object of JSON. Array-likes pass; their numeric keys fail as field names later. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True for a list; says `unknown[]` where `Array.isArray` would say `any[]`. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/**
 * True for a name that metadata could declare. What every object inherits (`constructor`,
 * `toString`, `__proto__`) never is one, so a lookup by such a name cannot reach the prototype.
 */
export function isName(name: string): boolean {
  return NAME.test(name) && !(name in Object.prototype) && name !== 'prototype';
}

/** True for `name` or `relation.name`, however deep. */
export function isFieldPath(path: string): boolean {
  return path.split('.').every(isName);
}

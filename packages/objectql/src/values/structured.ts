import { accept, refuse, type Outcome, type ValueCheck } from './outcome.js';

/** Deepest JSON value of a field; the HTTP surface has the same limit for a body. */
const MAX_DEPTH = 64;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Any JSON value, at most 64 levels deep, without keys that could reach a prototype. */
export function json(value: unknown): Outcome {
  const reason = badJson(value);
  return reason === undefined ? accept(value) : refuse('invalid_value', reason);
}

/** An object of known keys, e.g. an address. `keys` says what each may hold. */
export function shape(
  keys: Readonly<Record<string, 'text' | 'number'>>,
  required: readonly string[] = [],
): ValueCheck {
  const known = new Map(Object.entries(keys));
  return (value) => {
    if (!isPlainObject(value))
      return refuse('invalid_type', `expected an object with ${[...known.keys()].join(', ')}`);
    for (const [key, part] of Object.entries(value)) {
      const kind = known.get(key);
      if (kind === undefined)
        return refuse(
          'invalid_value',
          `unknown part "${key}"; parts are ${[...known.keys()].join(', ')}`,
        );
      if (part !== null && typeof part !== (kind === 'text' ? 'string' : 'number')) {
        return refuse('invalid_type', `"${key}" must be ${kind === 'text' ? 'text' : 'a number'}`);
      }
    }
    const missing = required.find((key) => value[key] === undefined || value[key] === null);
    return missing === undefined
      ? accept(value)
      : refuse('invalid_value', `"${missing}" is required`);
  };
}

const locationShape = shape(
  { latitude: 'number', longitude: 'number', altitude: 'number', accuracy: 'number' },
  ['latitude', 'longitude'],
);

/** A place on earth in WGS 84 degrees. */
export function location(value: unknown): Outcome {
  const outcome = locationShape(value);
  if (!outcome.ok) return outcome;
  const { latitude, longitude } = value as { latitude: number; longitude: number };
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? outcome
    : refuse('invalid_value', 'latitude is -90 to 90, longitude -180 to 180');
}

/** A vector of `dimensions` finite numbers. */
export function vector(dimensions: number | undefined): ValueCheck {
  return (value) => {
    if (
      !Array.isArray(value) ||
      !value.every((part) => typeof part === 'number' && Number.isFinite(part))
    ) {
      return refuse('invalid_type', 'expected a list of numbers');
    }
    return dimensions === undefined || value.length === dimensions
      ? accept(value)
      : refuse('invalid_value', `expected ${dimensions} numbers, got ${value.length}`);
  };
}

/** A file: its id or URL as text, or an object that describes it. */
export const file: ValueCheck = (value) => {
  if (typeof value === 'string')
    return value.length <= 2_048
      ? accept(value)
      : refuse('value_too_long', 'at most 2048 characters');
  return isPlainObject(value) ? json(value) : refuse('invalid_type', 'expected the id of a file');
};

function badJson(root: unknown): string | undefined {
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (typeof value === 'number' && !Number.isFinite(value)) return 'numbers must be finite';
    if (
      typeof value === 'function' ||
      typeof value === 'symbol' ||
      typeof value === 'bigint' ||
      value === undefined
    ) {
      return 'expected a JSON value';
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return `at most ${MAX_DEPTH} levels deep`;
    for (const [key, part] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key)) return `the key "${key}" is not allowed`;
      pending.push({ value: part, depth: depth + 1 });
    }
  }
  return undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

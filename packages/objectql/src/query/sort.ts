import { createError, type ObjectOSError } from '@objectos/spec/errors';
import type { SortKey } from '@objectos/spec/contracts';
import { checkLimit, shown } from './refuse.js';
import { isFieldPath, isList, isPlainObject, type PlainObject } from './shapes.js';

const TOKEN = /^([+-]?)(\S+)(?:\s+(asc|desc))?$/i;
/** ObjectUI 2.0.0 runs its sort text through `Object.entries`; what arrives is the indexes. */
const JUNK = /^[+-]?\d+$/;

/**
 * Reads a sort order: `name,-age`, `name desc, age`, a list of such texts, of `[field, direction]`
 * or of `{ field, order }`, a map `{ name: 'asc' }`, or JSON text of these. No order gives `[]`.
 * Purely numeric keys are ignored: no field is called that, and one published client sends them.
 *
 * @throws `invalid_sort`, `limit_exceeded`
 * @example normalizeSort('-created_at,name')
 * // [{ field: 'created_at', direction: 'desc' }, { field: 'name', direction: 'asc' }]
 */
export function normalizeSort(input: unknown): SortKey[] {
  if (input === undefined || input === null) return [];
  const keys = read(typeof input === 'string' ? parseText(input) : input);
  const wanted = keys.filter((key) => !JUNK.test(key.field));
  checkLimit('sort.keys', wanted.length);
  const seen = new Set<string>();
  for (const { field } of wanted) {
    if (!isFieldPath(field)) throw invalidSort(`${shown(field)} is not a field name`);
    checkLimit('field.path', field.split('.').length);
    if (seen.has(field)) throw invalidSort(`"${field}" stands in it twice`);
    seen.add(field);
  }
  return wanted;
}

function invalidSort(reason: string): ObjectOSError {
  return createError('invalid_sort', { reason });
}

/** JSON when it looks like JSON, else the members between the commas. */
function parseText(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (!/^[[{]/.test(trimmed)) return trimmed.split(',');
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    throw invalidSort(`${shown(text)} is not JSON`);
  }
}

function read(input: unknown): SortKey[] {
  if (isList(input)) return Array.from(input).flatMap(readMember);
  if (isPlainObject(input)) return readObject(input);
  throw invalidSort(`it is ${shown(input)}`);
}

function readMember(member: unknown): SortKey[] {
  if (typeof member === 'string') return [readToken(member)];
  if (isPlainObject(member)) return readObject(member);
  if (!isList(member))
    throw invalidSort(`a key is text, a pair or an object, not ${shown(member)}`);
  const [field, direction] = member;
  if (typeof field !== 'string' || member.length > 2) {
    throw invalidSort('a pair is [field, direction]');
  }
  return [{ field, direction: member.length === 1 ? 'asc' : readDirection(field, direction) }];
}

function readToken(token: string): SortKey {
  const match = TOKEN.exec(token.trim());
  if (match === null) throw invalidSort(`${shown(token)} is not a field with a direction`);
  const [, sign, field = '', direction] = match;
  if (sign !== '' && direction !== undefined) {
    throw invalidSort(`${shown(token)} tells the direction twice`);
  }
  return { field, direction: sign === '-' || direction?.toLowerCase() === 'desc' ? 'desc' : 'asc' };
}

function readObject(input: PlainObject): SortKey[] {
  if (isFieldObject(input)) return [readFieldObject(input)];
  return Object.entries(input)
    .filter(([field]) => !JUNK.test(field))
    .map(([field, direction]) => ({ field, direction: readDirection(field, direction) }));
}

/** `{ field: 'name', order: 'desc' }`; `{ field: 'desc' }` sorts by a field called "field". */
function isFieldObject(input: PlainObject): boolean {
  const keys = Object.keys(input);
  if (!Object.hasOwn(input, 'field') || isDirection(input.field)) return false;
  return keys.every((key) => ['field', 'order', 'direction'].includes(key));
}

function readFieldObject(input: PlainObject): SortKey {
  const { field, order, direction } = input;
  if (typeof field !== 'string') throw invalidSort(`a field name is text, not ${shown(field)}`);
  if (order !== undefined && direction !== undefined) {
    throw invalidSort(`"${field}" has both an order and a direction`);
  }
  const told = order ?? direction;
  return { field, direction: told === undefined ? 'asc' : readDirection(field, told) };
}

function readDirection(field: string, direction: unknown): 'asc' | 'desc' {
  if (isDirection(direction)) return direction.toLowerCase() === 'desc' ? 'desc' : 'asc';
  throw invalidSort(`the direction of ${shown(field)} is "asc" or "desc", not ${shown(direction)}`);
}

function isDirection(direction: unknown): direction is string {
  return typeof direction === 'string' && /^(?:asc|desc)$/i.test(direction);
}

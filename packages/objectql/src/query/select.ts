import { fieldOfKey } from '@objectos/spec/metadata';
import { checkLimit, invalidParameter, shown } from './refuse.js';
import { isFieldPath, isList } from './shapes.js';

/**
 * Reads the fields to return: `name,email`, a list, or JSON text of a list. An empty list is the
 * default, all readable fields, and gives nothing. A name that stands twice counts once.
 *
 * @throws `invalid_parameter`, `limit_exceeded`
 * @example normalizeSelect('name, email') // ['name', 'email']
 */
export function normalizeSelect(input: unknown): string[] | undefined {
  if (input === undefined || input === null) return undefined;
  const names = new Set(members(input).map(fieldName));
  checkLimit('select.fields', names.size);
  return names.size === 0 ? undefined : [...names];
}

function members(input: unknown): readonly unknown[] {
  if (typeof input === 'string') return fromText(input.trim());
  if (isList(input)) return Array.from(input);
  throw invalidParameter('select', `it is a list of field names, not ${shown(input)}`);
}

function fromText(text: string): readonly unknown[] {
  if (text === '') return [];
  if (!text.startsWith('[')) return text.split(',').map((name) => name.trim());
  try {
    return JSON.parse(text) as readonly unknown[];
  } catch {
    throw invalidParameter('select', `${shown(text)} is not JSON`);
  }
}

/** An export may name single translations: `name:de`. */
const TAG = /^[^:]+(?::[A-Za-z0-9-]{1,40})?$/;

function fieldName(name: unknown): string {
  if (typeof name === 'string' && isFieldPath(fieldOfKey(name)) && TAG.test(name)) {
    checkLimit('field.path', name.split('.').length);
    return name;
  }
  throw invalidParameter('select', `${shown(name)} is not a field name`);
}

import { userValue, type Bindings } from './bindings.js';

const WHOLE = /^\{\{\s*(?:(?:current_user|user|\$User|\$user)\.)?(\w+)\s*\}\}$/;
const PART = /\{\{\s*(?:(?:current_user|user|\$User|\$user)\.)?(\w+)\s*\}\}/g;
/** Templates may stand as deep as filters may nest. */
const MAX_DEPTH = 32;

/**
 * Replaces templates in a structure of any depth: text that is one template becomes the value
 * itself, a list included; a template within a text becomes part of it.
 *
 * @example fillTemplates({ team: { $in: '{{current_user.groups}}' } }, bindings)
 * // { team: { $in: ['sales', 'emea'] } }
 */
export function fillTemplates(value: unknown, bindings: Bindings, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  if (typeof value === 'string') return fillText(value, bindings);
  if (Array.isArray(value)) return value.flatMap((item) => fillItem(item, bindings, depth));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, fillTemplates(part, bindings, depth + 1)]),
  );
}

/** The names that templates of a structure read. */
export function templateNames(
  value: unknown,
  names: Set<string> = new Set(),
  depth = 0,
): Set<string> {
  if (depth > MAX_DEPTH) return names;
  if (typeof value === 'string') {
    for (const [, name] of value.matchAll(PART)) names.add(fieldNamed(name ?? ''));
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) templateNames(part, names, depth + 1);
  }
  return names;
}

/** A list that a template stands for becomes items of the list around it. */
function fillItem(item: unknown, bindings: Bindings, depth: number): unknown[] {
  const filled = fillTemplates(item, bindings, depth + 1);
  return typeof item === 'string' && WHOLE.test(item) && Array.isArray(filled) ? filled : [filled];
}

function fillText(text: string, bindings: Bindings): unknown {
  const whole = WHOLE.exec(text);
  if (whole !== null) return userValue(bindings, fieldNamed(whole[1] ?? '')) ?? null;
  return text.replaceAll(PART, (_match, name: string) => {
    const value = userValue(bindings, fieldNamed(name));
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });
}

/** `{{ userId }}` is how older files write `{{current_user.id}}`. */
function fieldNamed(name: string): string {
  if (name === 'userId') return 'id';
  return name === 'tenantId' ? 'tenant_id' : name;
}

import type { AccessFieldComparison, Comparison, Scalar } from '@objectos/spec/contracts';

/** True when a record fulfils a comparison, with the two-valued meaning that drivers give it. */
export function compares({ op, value }: Comparison, stored: unknown): boolean {
  const present = stored ?? null;
  switch (op) {
    case 'eq':
      return present === value;
    case 'ne':
      return present !== value;
    case 'in':
      return listOf(value).includes(present as Scalar);
    case 'nin':
      return !listOf(value).includes(present as Scalar);
    case 'isNull':
      return (present === null) === value;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return holds(op, present, value);
    case 'between': {
      const [low, high] = listOf(value);
      return holds('gte', present, low) && holds('lte', present, high);
    }
    case 'contains':
      return contains(present, value);
    case 'notContains':
      return !contains(present, value);
    case 'startsWith':
      return isText(present) && folded(present).startsWith(folded(value));
    case 'endsWith':
      return isText(present) && folded(present).endsWith(folded(value));
    case 'like':
      return isText(present) && isLike(present, String(value));
    case 'ilike':
      return isText(present) && isLike(folded(present), folded(value));
  }
}

/** True when two fields of a record compare as asked; two empty ones are equal. */
export function comparesFields(
  { operator, field, other }: AccessFieldComparison,
  record: Readonly<Record<string, unknown>>,
): boolean {
  const [left, right] = [record[field] ?? null, record[other] ?? null];
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  return holds(operator, left, right);
}

function holds(operator: 'gt' | 'gte' | 'lt' | 'lte', left: unknown, right: unknown): boolean {
  if (left === null || right === null || right === undefined) return false;
  const order = orderOf(left, right);
  switch (operator) {
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
  }
}

/** Text by code point, which is the order of the databases. */
function orderOf(left: unknown, right: unknown): number {
  if (typeof left !== 'string' || typeof right !== 'string') return Number(left) - Number(right);
  if (left === right) return 0;
  const [one, other] = [Array.from(left), Array.from(right)];
  const at = one.findIndex((character, index) => character !== other[index]);
  if (at === -1) return one.length - other.length;
  return (one[at]?.codePointAt(0) ?? -1) - (other[at]?.codePointAt(0) ?? -1);
}

function contains(stored: unknown, value: unknown): boolean {
  if (Array.isArray(stored)) return stored.includes(value);
  return isText(stored) && folded(stored).includes(folded(value));
}

function listOf(value: Comparison['value'] | undefined): readonly Scalar[] {
  if (value === undefined) return [];
  return typeof value === 'object' && value !== null ? value : [value];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Case of ASCII letters is ignored, that of others is not: so do the databases. */
function folded(value: unknown): string {
  return String(value).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** `%` any text, `_` one character, `\` takes the next one literally. Linear in text times pattern. */
function isLike(text: string, pattern: string): boolean {
  const parts = partsOf(pattern);
  const characters = Array.from(text);
  let reachable = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (part.any) for (let end = at; end <= characters.length; end += 1) next.add(end);
      else if (at < characters.length && (part.one || characters[at] === part.literal)) {
        next.add(at + 1);
      }
      if (part.any) break;
    }
    reachable = next;
  }
  return reachable.has(characters.length);
}

interface Part {
  readonly any: boolean;
  readonly one: boolean;
  readonly literal: string;
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const escaped = character === '\\' && at + 1 < characters.length;
    if (escaped) at += 1;
    parts.push({
      any: !escaped && character === '%',
      one: !escaped && character === '_',
      literal: characters[at] ?? '',
    });
  }
  return parts;
}

import type { RowFilter } from '../driver/row-filter.js';

/**
 * Whether a filter holds for a record whose fields are all empty and which nothing is related to:
 * what a relation that leads nowhere counts as.
 */
export function holdsForNothing(filter: RowFilter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.args.every(holdsForNothing);
    case 'or':
      return filter.args.some(holdsForNothing);
    case 'not':
      return !holdsForNothing(filter.arg);
    case 'compareFields':
      return filter.operator === 'eq';
    case 'eq':
      return filter.value === null;
    case 'ne':
      return filter.value !== null;
    case 'in':
      return includesNull(filter.value);
    case 'nin':
      return !includesNull(filter.value);
    case 'notContains':
      return true;
    case 'isNull':
      return filter.value === true;
    default:
      return false;
  }
}

function includesNull(value: unknown): boolean {
  return Array.isArray(value) && value.includes(null);
}

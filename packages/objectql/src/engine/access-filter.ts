import type { AccessFilter } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { comparisonOf } from './conjunction.js';

/**
 * Turns the row filter of an access policy into one for the driver: objects become tables. A name
 * that the metadata does not have is a fault of the policy, and a fault never opens anything.
 *
 * @throws `access_unavailable`
 */
export function rowFilterOf(
  filter: AccessFilter,
  meta: ObjectMeta,
  snapshot: MetadataSnapshot,
): RowFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, args: filter.args.map((arg) => rowFilterOf(arg, meta, snapshot)) };
    case 'not':
      return { op: 'not', arg: rowFilterOf(filter.arg, meta, snapshot) };
    case 'exists': {
      const inner = snapshot.objects.get(filter.object);
      if (inner === undefined) throw broken(`there is no object "${filter.object}"`);
      for (const join of filter.on) {
        requireColumn(meta, join.outer);
        requireColumn(inner, join.inner);
      }
      const where =
        filter.where === undefined ? undefined : rowFilterOf(filter.where, inner, snapshot);
      return { op: 'exists', table: inner.table, on: filter.on, where };
    }
    case 'compareFields': {
      const { operator, field: left, other: right } = filter;
      requireColumn(meta, left);
      requireColumn(meta, right);
      return { op: 'compareFields', operator, left, right };
    }
    default:
      requireColumn(meta, filter.field);
      return comparisonOf(filter);
  }
}

function requireColumn(meta: ObjectMeta, name: string): void {
  if (meta.columns.has(name) || (name === 'deleted_at' && meta.softDelete)) return;
  throw broken(`"${meta.name}" has no column "${name}"`);
}

function broken(reason: string): Error {
  return createError('access_unavailable', { reason });
}

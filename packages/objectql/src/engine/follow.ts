import type { RowFilter } from '../driver/row-filter.js';
import type { IncomingRelation, ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { conjunction } from './conjunction.js';
import { refuseFilter } from './filter-values.js';
import type { DirectRelation, LinkedRelation } from './relations.js';

/** What is not in the trash. */
export const LIVE: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };

/** The rows of an object that exist for a principal: what the gate lets through, without the trash. */
export function gateOf({ meta, rows }: Admission): RowFilter | undefined {
  return conjunction(rows, liveOf(meta));
}

function liveOf(meta: ObjectMeta): RowFilter | undefined {
  return meta.softDelete ? LIVE : undefined;
}

/**
 * True where a relation leads to a record that matches and that the principal may see; links in
 * between must be visible too.
 *
 * @throws `invalid_filter` for a list of ids
 */
export function follow(
  relation: DirectRelation | LinkedRelation,
  where: RowFilter | undefined,
): RowFilter {
  const { meta, target } = relation;
  const { admission } = target;
  const { table } = admission.meta;
  const condition = conjunction(where, gateOf(admission));
  switch (meta.kind) {
    case 'one':
      return {
        op: 'exists',
        table,
        on: [{ outer: meta.field.name, inner: 'id' }],
        where: condition,
      };
    case 'children': {
      const own = conjunction(onlyOf(meta.only), condition);
      return { op: 'exists', table, on: [{ outer: 'id', inner: meta.via }], where: own };
    }
    case 'through': {
      const { link } = relation as LinkedRelation;
      const there: RowFilter = {
        op: 'exists',
        table,
        on: [{ outer: meta.far, inner: 'id' }],
        where: condition,
      };
      return {
        op: 'exists',
        table: link.meta.table,
        on: [{ outer: 'id', inner: meta.near }],
        where: conjunction(there, gateOf(link)),
      };
    }
    case 'list':
      throw refuseFilter(
        meta.field,
        'a list of ids has no conditions on its records; use a many_to_many field',
      );
  }
}

/** Which rows of a polymorphic lookup point to this object. */
export function onlyOf(only: IncomingRelation['only']): RowFilter | undefined {
  return only === undefined ? undefined : { op: 'eq', field: only.field, value: only.value };
}

import type { AccessOperation, Filter, Principal } from '@objectos/spec/contracts';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { comparisonOf, conjunction, keptRows } from './conjunction.js';
import { LIVE } from './follow.js';

/** The system, where it means all organizations and those records that belong to none. */
export function isEverywhere(principal: Principal): boolean {
  return (
    principal.kind === 'system' && principal.tenantId === null && principal.installation !== true
  );
}

/** Tenancy is a filter like any other: a user never sees rows of another organization. */
export function tenantRows(principal: Principal): RowFilter | undefined {
  if (isEverywhere(principal)) return undefined;
  return comparisonOf({ op: 'eq', field: 'organization_id', value: principal.tenantId });
}

/**
 * The rows that an organization sees of an object whose records belong to none: those that a record
 * in between ties to it. Only for looking: what is done to them is not the organization's business.
 * `undefined` where records are seen by what they belong to.
 */
export function memberRows(
  scope: {
    readonly meta: ObjectMeta;
    readonly snapshot: MetadataSnapshot;
    readonly principal: Principal;
  },
  operation: AccessOperation,
): RowFilter | undefined {
  const { membership } = scope.meta.definition;
  const { kind, tenantId } = scope.principal;
  if (membership === undefined || kind !== 'user' || tenantId === null) return undefined;
  if (operation !== 'read' && operation !== 'export') return undefined;
  const { object, record, organization } = membership;
  const between = scope.snapshot.objects.get(object);
  // Metadata is checked when it is loaded; what is not there ties nothing.
  if (between === undefined) return { op: 'or', args: [] };
  const exists: RowFilter = {
    op: 'exists',
    table: between.table,
    on: [{ outer: 'id', inner: record }],
    where: conjunction(
      { op: 'eq', field: organization, value: tenantId },
      between.softDelete ? LIVE : undefined,
    ),
  };
  // Where there is one organization all are its members, and none should begin at them.
  return { op: 'and', args: [exists], hint: 'broad' };
}

/**
 * What a record shows of the one that it names, also when that is no member any more: what it is
 * called. See docs/adr/0028-people-of-an-organization.
 */
export function namedOf(admission: Admission, rows: RowFilter | undefined): Admission {
  const { meta, visible } = admission;
  const shown = visible.filter((name) => name === 'id' || name === meta.nameField);
  return { ...admission, rows: keptRows(rows), visible: shown, readable: new Set(shown) };
}

/** The admission for a record that another one names, where only these of its fields are needed. */
export function byName(admission: Admission, fields: Iterable<string>): Admission {
  const { named, language } = admission;
  if (named === undefined) return admission;
  for (const field of fields) if (!named.visible.includes(field)) return admission;
  return language === undefined ? named : { ...named, language };
}

/** The fields of a condition on one record; `undefined` where it leads on to others. */
export function fieldsOf(filter: Filter): readonly string[] | undefined {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const lists = filter.args.map(fieldsOf);
      return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
    }
    case 'not':
      return fieldsOf(filter.arg);
    case 'compareFields':
      return [filter.field, filter.other];
    case 'related':
    case 'some':
    case 'tree':
      return undefined;
    default:
      return [filter.field];
  }
}

import {
  tenantReach,
  type AuditEntry,
  type DataEngine,
  type ExecutionContext,
  type Principal,
  type RecordData,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { fieldOfKey } from '@objectos/spec/metadata';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import { chainOf, toEntry } from './entry.js';
import { auditTable, columnsOf } from './tables.js';

const MAX_HISTORY = 1_000;

/**
 * Entries of one record, newest first, unfiltered. Where organizations have tables of their own, two
 * of them may have records of one id: only the system itself has those of both.
 */
export async function entriesOf(
  session: DriverSession,
  { object, id }: { readonly object: string; readonly id: string },
  principal: Principal,
): Promise<AuditEntry[]> {
  const { tenantId } = tenantReach(principal);
  const where: RowFilter = {
    op: 'and',
    args: [
      ...(tenantId === undefined
        ? []
        : [{ op: 'eq', field: 'chain', value: chainOf(tenantId) } as const]),
      { op: 'eq', field: 'object', value: object },
      { op: 'eq', field: 'record_id', value: id },
      { op: 'startsWith', field: 'kind', value: 'record.' },
    ],
  };
  const rows = await session.find({
    table: auditTable,
    columns: columnsOf(auditTable),
    where,
    orderBy: [{ field: 'sequence', direction: 'desc' }],
    limit: MAX_HISTORY,
  });
  return rows.map(toEntry);
}

/**
 * What the principal may know of a record's past: nothing unless they may read the record now (in the
 * trash too), and no field they may not read.
 *
 * @throws `record_not_found`, `permission_denied`
 */
export async function readableEntries(
  parts: { readonly engine: DataEngine; readonly session: DriverSession },
  { object, id }: { readonly object: string; readonly id: string },
  ctx: ExecutionContext,
): Promise<AuditEntry[]> {
  await requireReadable(parts.engine, { object, id }, ctx);
  const readable = parts.engine.readableFields(object, ctx);
  const only = (values: RecordData | null): RecordData | null =>
    values === null
      ? null
      : Object.fromEntries(
          Object.entries(values).filter(([name]) => readable.has(fieldOfKey(name))),
        );
  const entries = await entriesOf(parts.session, { object, id }, ctx.principal);
  return entries.map((entry) => ({
    ...entry,
    changed: entry.changed.filter((name) => readable.has(fieldOfKey(name))),
    before: only(entry.before),
    after: only(entry.after),
    detail: null,
    origin: null,
  }));
}

async function requireReadable(
  engine: DataEngine,
  { object, id }: { readonly object: string; readonly id: string },
  ctx: ExecutionContext,
): Promise<void> {
  try {
    await engine.get(object, id, ctx, { fields: ['id'] });
  } catch (error) {
    if (!isObjectOSError(error, 'record_not_found')) throw error;
    // Somebody who may see the trash may see its past as well.
    await engine.get(object, id, ctx, { fields: ['id'], deleted: 'only' });
  }
}

/** Values after the changes up to a moment; `undefined` when the record was not there. */
export function stateAt(entries: readonly AuditEntry[], at: string): RecordData | undefined {
  return replay(entries.filter((entry) => entry.at <= at));
}

/** Values of a revision. @throws `audit_revision_unknown` */
export function stateOfRevision(
  entries: readonly AuditEntry[],
  {
    object,
    id,
    revision,
  }: { readonly object: string; readonly id: string; readonly revision: number },
): RecordData {
  const known = entries.some((entry) => entry.revision === revision && !entry.erased);
  const values = known
    ? replay(entries.filter((entry) => (entry.revision ?? 0) <= revision))
    : undefined;
  if (values === undefined) throw createError('audit_revision_unknown', { object, id, revision });
  return values;
}

/** Applies changes in their order. They begin with a `create`, or what went before is not known. */
function replay(newestFirst: readonly AuditEntry[]): RecordData | undefined {
  let values: RecordData | undefined;
  for (const entry of newestFirst.toReversed()) {
    switch (entry.kind) {
      case 'record.create':
        values = { id: entry.recordId, ...entry.after };
        break;
      case 'record.delete':
      case 'record.purge':
        values = undefined;
        break;
      default:
        values = { ...(values ?? { id: entry.recordId, ...entry.before }), ...entry.after };
    }
  }
  return values;
}

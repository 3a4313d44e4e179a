import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '../driver/contract.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import type { Gate } from './access.js';
import { whereIds } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** What checking references needs. */
export interface ReferenceScope {
  readonly gate: Gate;
  readonly snapshot: MetadataSnapshot;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/**
 * Checks that every record the values point to exists and may be read by the principal: one query
 * per relation, whatever the number of rows. A record one may not see does not exist.
 *
 * @throws `invalid_reference`
 */
export function* checkReferences(
  scope: ReferenceScope,
  meta: ObjectMeta,
  rows: readonly RecordData[],
): Steps<void> {
  for (const field of meta.relations) {
    const ids = new Set<string>();
    for (const row of rows) for (const id of idsOf(row[field.name])) ids.add(id);
    if (ids.size > 0) yield* checkField(scope, meta, { field, ids: [...ids], rows });
  }
}

function* checkField(
  { gate, snapshot, session, ctx }: ReferenceScope,
  meta: ObjectMeta,
  { field, ids, rows }: { field: FieldMeta; ids: string[]; rows: readonly RecordData[] },
): Steps<void> {
  const reference = field.reference ?? '';
  const target = gate.admitQuietly(snapshot, reference, 'read', ctx);
  const found =
    target === undefined
      ? []
      : yield* wait(
          // Who deletes one of them waits for this transaction, and finds what it wrote.
          session.find({
            table: target.meta.table,
            columns: ['id'],
            where: whereIds(target, ids),
            lock: 'reference',
          }),
        );
  const known = new Set(found.map((row) => row['id']));
  // A row of the same batch may be the parent of another one.
  if (reference === meta.name) for (const row of rows) known.add(row['id']);
  if (ids.every((id) => known.has(id))) return;
  throw createError('invalid_reference', { object: meta.name, field: field.name, reference });
}

function idsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as string[]) : [];
}

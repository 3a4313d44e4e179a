import type { ExecutionContext, Query } from '@objectos/spec/contracts';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { bothOf, type Admission } from './access.js';
import type { EngineParts } from './parts.js';

const LIVE: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };

/**
 * Admits a read. The trash is for those who may restore: of deleted records only those are found.
 *
 * @throws what the gate throws
 */
export function admitRead(
  parts: EngineParts,
  snapshot: MetadataSnapshot,
  { object, deleted = 'exclude' }: { object: string; deleted?: Query['deleted'] },
  ctx: ExecutionContext,
): Admission {
  const admission = parts.gate.admit(snapshot, object, 'read', ctx);
  if (deleted === 'exclude' || !admission.meta.softDelete) return admission;
  const { rows } = parts.gate.admit(snapshot, object, 'restore', ctx);
  if (rows === undefined) return admission;
  const restorable: RowFilter = { op: 'or', args: [LIVE, rows] };
  return { ...admission, rows: bothOf(admission.rows, restorable) };
}

import type { ExecutionContext, Query } from '@objectos/spec/contracts';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { bothOf, type Admission } from './access.js';
import type { EngineParts } from './parts.js';

/** What is to be read, and for what. */
export interface ReadAsked {
  readonly object: string;
  readonly deleted?: Query['deleted'];
  readonly operation?: 'read' | 'export' | undefined;
}

const LIVE: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };

/**
 * Admits a read. The trash is for those who may restore: of deleted records only those are found. An
 * export finds the records that the principal may take out, which may be fewer than those they see.
 *
 * @throws what the gate throws
 */
export function admitRead(
  parts: EngineParts,
  snapshot: MetadataSnapshot,
  { object, deleted = 'exclude', operation = 'read' }: ReadAsked,
  ctx: ExecutionContext,
): Admission {
  const admission =
    operation === 'read'
      ? parts.gate.admit(snapshot, object, operation, ctx)
      : admitExport(parts, snapshot, object, ctx);
  if (deleted === 'exclude' || !admission.meta.softDelete) return admission;
  const { rows } = parts.gate.admit(snapshot, object, 'restore', ctx);
  if (rows === undefined) return admission;
  const restorable: RowFilter = { op: 'or', args: [LIVE, rows] };
  return { ...admission, rows: bothOf(admission.rows, restorable) };
}

/** What one can't see, one can't take out: the rows of an export are among those of a read. */
function admitExport(
  { gate }: EngineParts,
  snapshot: MetadataSnapshot,
  object: string,
  ctx: ExecutionContext,
): Admission {
  const { rows } = gate.admit(snapshot, object, 'export', ctx);
  const read = gate.admit(snapshot, object, 'read', ctx);
  return rows === read.rows ? read : { ...read, rows };
}

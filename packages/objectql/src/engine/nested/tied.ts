import { createError } from '@objectos/spec/errors';
import type { Row } from '../../driver/contract.js';
import type { RowFilter } from '../../driver/row-filter.js';
import type { IncomingRelation } from '../../metadata/compiled.js';
import { conjunction } from '../conjunction.js';
import { planWhere } from '../query-plan.js';
import { viewIn } from '../load.js';
import { wait, type Steps } from '../steps.js';
import type { WriteScope } from '../write-scope.js';

/** Rows that point to a record now: children of it, or links. */
export interface TiedRows {
  readonly object: string;
  /** The field that points to the record. */
  readonly via: string;
  readonly id: string;
  readonly only?: IncomingRelation['only'];
  /** Narrows them further. */
  readonly where?: RowFilter | undefined;
  readonly columns: readonly string[];
  readonly max: number;
}

/**
 * Finds what is tied to a record, as far as the writer sees it: what they do not see stays as it is.
 *
 * @throws `limit_exceeded` for more than `max`
 */
export function* findTied(scope: WriteScope, tied: TiedRows): Steps<Row[]> {
  const { parts, snapshot, ctx, transaction } = scope;
  const reading = parts.gate.admit(snapshot, tied.object, 'read', ctx);
  const where = conjunction(
    { op: 'eq', field: tied.via, value: tied.id },
    tied.only && { op: 'eq', field: tied.only.field, value: tied.only.value },
    tied.where,
    planWhere(viewIn(scope, reading), {}),
  );
  const rows = yield* wait(
    transaction.session.find({
      table: reading.meta.table,
      columns: tied.columns,
      where,
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: tied.max + 1,
    }),
  );
  if (rows.length > tied.max) {
    const counts = { max: tied.max, actual: rows.length };
    throw createError('limit_exceeded', { limit: 'records to untie', ...counts });
  }
  return rows;
}

import type { AccessOperation } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { RowFilter } from '../driver/row-filter.js';
import type { Admission } from './access.js';
import { wait, type Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/**
 * Holds rows that were just written against the policy's `check`, in the transaction of the write.
 * One query for all of them, and none where there is no check.
 *
 * @throws `row_check_failed`, which undoes the write
 */
export function* checkWrittenRows(
  scope: WriteScope,
  { meta, check }: Admission,
  operation: AccessOperation,
  ids: readonly string[],
): Steps<void> {
  if (check === undefined || ids.length === 0) return;
  const where: RowFilter = { op: 'and', args: [{ op: 'in', field: 'id', value: ids }, check] };
  const passed = yield* wait(scope.transaction.session.count({ table: meta.table, where }));
  if (passed < ids.length) throw createError('row_check_failed', { object: meta.name, operation });
}

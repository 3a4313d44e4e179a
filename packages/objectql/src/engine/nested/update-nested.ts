import type { Row } from '../../driver/contract.js';
import type { Admission } from '../access.js';
import { loadForWrite } from '../load.js';
import type { Steps } from '../steps.js';
import { checkRevision, updateLoaded, type UpdateRequest } from '../update.js';
import type { WriteScope } from '../write-scope.js';
import { hasNested } from './parse.js';
import { rootNesting, splitFor, writeAfter, writeBefore } from './write-nested.js';

/**
 * Changes one record, with the records of relations that the data names. Nothing is written, and the
 * revision stays, when no value differs.
 *
 * @returns the stored row
 * @throws `record_not_found`, `concurrent_modification`, and what the input checks throw
 */
export function* updateRecord(
  scope: WriteScope,
  admission: Admission,
  { id, data, options }: UpdateRequest,
): Steps<Row> {
  const previous = yield* loadForWrite(scope, admission, id);
  checkRevision(admission.meta, previous, options.ifRevision);
  return yield* updateWithNested(scope, admission, previous, { data, options });
}

/** Changes a record that was loaded for it, and the records of relations that the data names. */
export function* updateWithNested(
  scope: WriteScope,
  admission: Admission,
  previous: Row,
  { data, options }: Pick<UpdateRequest, 'data' | 'options'>,
): Steps<Row> {
  if (!hasNested(admission.meta, data)) {
    return yield* updateLoaded(scope, admission, previous, { data, options });
  }
  const nesting = rootNesting();
  const parts = yield* splitFor(scope, admission, data);
  const own = yield* writeBefore(scope, parts, nesting);
  const row = yield* updateLoaded(scope, admission, previous, { data: own, options });
  yield* writeAfter(scope, parts, { id: row['id'] as string, nesting });
  return row;
}

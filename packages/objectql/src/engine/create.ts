import type { InsertOptions, RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { Admission } from './access.js';
import { insertRecords, readNewRecord } from './insert.js';
import { hasNested, type SplitRecord } from './nested/parse.js';
import { rootNesting, splitFor, writeAfter, writeBefore } from './nested/write-nested.js';
import { mayNameOwner } from './ownership.js';
import { checkWrittenRows } from './row-check.js';
import type { Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/**
 * Reads, inserts and checks new records, with the records of relations that their data makes or ties
 * to them.
 */
export function* createRecords(
  scope: WriteScope,
  admission: Admission,
  data: readonly RecordData[],
  options: InsertOptions,
  nesting = rootNesting(),
): Steps<Row[]> {
  const { meta } = admission;
  if (!data.some((one) => hasNested(meta, one))) {
    return yield* createPlain(scope, admission, data, options);
  }
  const split: SplitRecord[] = [];
  const values: RecordData[] = [];
  for (const one of data) {
    const parts = yield* splitFor(scope, admission, one);
    split.push(parts);
    values.push(yield* writeBefore(scope, parts, nesting));
  }
  // What is wrong with these must not be told of the first record that hangs on them.
  const rows = yield* createPlain({ ...scope, atOnce: true }, admission, values, options);
  for (const [index, parts] of split.entries()) {
    yield* writeAfter(scope, parts, { id: rows[index]?.['id'] as string, nesting });
  }
  return rows;
}

function* createPlain(
  scope: WriteScope,
  admission: Admission,
  data: readonly RecordData[],
  options: InsertOptions,
): Steps<Row[]> {
  const { meta } = admission;
  const records: RecordData[] = [];
  for (const one of data) {
    const acceptOwner = 'owner_id' in one && (yield* mayNameOwner(scope, meta, one));
    records.push(readNewRecord(admission, one, { ...options, acceptOwner }));
  }
  const rows = yield* insertRecords(scope, meta, records);
  yield* checkWrittenRows(
    scope,
    admission,
    'create',
    rows.map((row) => row['id'] as string),
  );
  return rows;
}

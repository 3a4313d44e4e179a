import type { InsertOptions, RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { Admission } from './access.js';
import { insertRecords, readNewRecord } from './insert.js';
import { mayNameOwner } from './ownership.js';
import { checkWrittenRows } from './row-check.js';
import type { Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/** Reads, inserts and checks new records. */
export function* createRecords(
  scope: WriteScope,
  admission: Admission,
  data: readonly RecordData[],
  options: InsertOptions,
): Steps<Row[]> {
  const { meta } = admission;
  const records: RecordData[] = [];
  for (const one of data) {
    const acceptOwner = yield* mayNameOwner(scope, meta, one);
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

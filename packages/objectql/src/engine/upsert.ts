import type {
  BulkOptions,
  ExecutionContext,
  RecordData,
  RowResult,
  Scalar,
  UpsertOptions,
  UpsertResult,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { Admission } from './access.js';
import { checkBulkSize, settleRows } from './bulk.js';
import { inChunks } from './bulk-write.js';
import { createRecords } from './create.js';
import { conjunction } from './conjunction.js';
import { viewIn } from './load.js';
import { planWhere } from './query-plan.js';
import { wait, type Steps } from './steps.js';
import { hasNested } from './nested/parse.js';
import { updateWithNested } from './nested/update-nested.js';
import { prepareUpdate, storeUpdates, type PendingUpdate } from './update.js';
import { keyOfRow, keyValues, upsertKey, whereKeys, type UpsertKey } from './upsert-key.js';
import type { WriteRunner } from './write-run.js';
import { inSavepoint, type WriteScope } from './write-scope.js';

/** What an upsert may do, and by which key it finds its record. */
interface Upsert {
  readonly key: UpsertKey;
  readonly updating: Admission;
  /** Absent: only records that exist are changed. */
  readonly creating: Admission | undefined;
}

interface Upserted {
  readonly row: Row;
  readonly created: boolean;
}

/** Insert-or-update by a unique key: of equal requests at the same time one inserts, the others update. */
export function createUpserter({ write, admit, answer }: WriteRunner) {
  function plan(scope: WriteScope, updating: Admission, options: UpsertOptions): Upsert {
    const { name } = updating.meta;
    const key = upsertKey(admit(scope, name, 'read'), options.by);
    refuseTranslatedKey(updating, key);
    const creating = options.existingOnly === true ? undefined : admit(scope, name, 'create');
    return { key, updating, creating };
  }

  return {
    upsert(
      object: string,
      data: RecordData,
      ctx: ExecutionContext,
      options: UpsertOptions,
    ): Promise<UpsertResult> {
      const steps = function* (scope: WriteScope, admission: Admission): Steps<UpsertResult> {
        const { row, created } = yield* upsertOne(scope, plan(scope, admission, options), data);
        const stale = hasNested(admission.meta, data);
        return { record: answer(scope, admission.meta, row, { stale }), created };
      };
      return write(object, 'upsert', ctx, steps, [data]);
    },

    upsertMany(
      object: string,
      data: readonly RecordData[],
      ctx: ExecutionContext,
      options: UpsertOptions & BulkOptions,
    ): Promise<RowResult[]> {
      const steps = function* (scope: WriteScope, admission: Admission): Steps<RowResult[]> {
        checkBulkSize(data.length);
        const upsert = plan(scope, admission, options);
        const tell = (done: Upserted) => ({
          id: done.row['id'] as string,
          record: answer(scope, admission.meta, done.row),
          created: done.created,
        });
        const results = yield* inChunks(scope, data, {
          *together(nested, chunk, first) {
            const rows = yield* upsertAll(nested, upsert, chunk);
            return rows.map((one, index) => ({
              index: first + index,
              success: true,
              ...tell(one),
            }));
          },
          *one(nested, item) {
            return tell(yield* upsertOne(nested, upsert, item));
          },
        });
        return settleRows(results, options);
      };
      return write(object, 'upsert', ctx, steps, data);
    },
  };
}

function* upsertOne(scope: WriteScope, upsert: Upsert, data: RecordData): Steps<Upserted> {
  const values = keyValues(upsert.key, data);
  const [known] = yield* findByKeys(scope, upsert, [values]);
  if (known !== undefined) return yield* change(scope, upsert, known, data);
  const { creating } = upsert;
  if (creating === undefined) throw missing(upsert, values);
  try {
    const [row = {}] = yield* inSavepoint(scope, (nested) =>
      createRecords(nested, creating, [data], { acceptId: true }),
    );
    return { row, created: true };
  } catch (error) {
    if (!isObjectOSError(error, 'duplicate_value')) throw error;
    // Somebody was quicker. If it is not our key that is taken, nothing is found, as before.
    const [appeared] = yield* findByKeys(scope, upsert, [values]);
    if (appeared === undefined) throw error;
    return yield* change(scope, upsert, appeared, data);
  }
}

function* change(
  scope: WriteScope,
  { updating }: Upsert,
  previous: Row,
  data: RecordData,
): Steps<Upserted> {
  const request = { data: withoutId(data, previous), options: {} };
  return { row: yield* updateWithNested(scope, updating, previous, request), created: false };
}

/** Many at once: one statement finds the known ones, one inserts the others. */
function* upsertAll(
  scope: WriteScope,
  upsert: Upsert,
  data: readonly RecordData[],
): Steps<Upserted[]> {
  const keys = data.map((one) => keyValues(upsert.key, one));
  const found = yield* findByKeys(scope, upsert, keys);
  const known = new Map(found.map((row) => [JSON.stringify(keyOfRow(upsert.key, row)), row]));
  const pending: PendingUpdate[] = [];
  const added: RecordData[] = [];
  const names = keys.map((key) => JSON.stringify(key));
  // The same key twice: the second must see what the first did, one by one.
  if (new Set(names).size < names.length) throw repeated(upsert);
  for (const [index, one] of data.entries()) {
    const previous = known.get(names[index] ?? '');
    if (previous === undefined) {
      if (upsert.creating === undefined) throw missing(upsert, keys[index] ?? []);
      added.push(one);
      continue;
    }
    const request = { data: withoutId(one, previous), options: {} };
    const prepared = yield* prepareUpdate(scope, upsert.updating, previous, request);
    if (prepared !== undefined) pending.push(prepared);
  }
  const created =
    upsert.creating === undefined || added.length === 0
      ? []
      : yield* createRecords(scope, upsert.creating, added, { acceptId: true });
  const stored = yield* storeUpdates(scope, upsert.updating, pending);
  return inOrder(names, { known, created, stored });
}

/** The created rows stand in the order of their data; the changed ones are found by id. */
function inOrder(
  names: readonly string[],
  rows: { known: ReadonlyMap<string, Row>; created: readonly Row[]; stored: readonly Row[] },
): Upserted[] {
  const stored = new Map(rows.stored.map((row) => [row['id'], row]));
  let next = 0;
  return names.map((name) => {
    const before = rows.known.get(name);
    if (before !== undefined) return { row: stored.get(before['id']) ?? before, created: false };
    const row = rows.created[next] ?? {};
    next += 1;
    return { row, created: true };
  });
}

const BY_ID = [{ field: 'id', direction: 'asc' }] as const;

function* findByKeys(
  scope: WriteScope,
  { key, updating }: Upsert,
  keys: readonly (readonly Scalar[])[],
): Steps<Row[]> {
  const { table, stored: columns } = key.meta;
  const where = conjunction(whereKeys(key, keys), planWhere(viewIn(scope, updating), {}));
  return yield* wait(
    scope.transaction.session.find({ table, columns, where, orderBy: BY_ID, lock: 'wait' }),
  );
}

/** The id of the record itself is no change; another one is, and is refused as such. */
function withoutId(data: RecordData, previous: Row): RecordData {
  if (data['id'] !== previous['id']) return data;
  const rest = { ...data };
  delete rest['id'];
  return rest;
}

/** A key is unique in the default language, and would be looked for in another one. */
function refuseTranslatedKey({ language }: Admission, { fields }: UpsertKey): void {
  const key = fields.find((field) => field.translations !== undefined);
  if (language === undefined || key === undefined) return;
  const reason = `"${key.name}" finds records by its value in ${language.languages.default}; write translations as "${key.name}:de", without a locale`;
  throw createError('invalid_parameter', { parameter: 'locale', reason });
}

function missing({ key }: Upsert, values: readonly Scalar[]): Error {
  const id = values.map(String).join(', ').slice(0, 200);
  return createError('record_not_found', { object: key.meta.name, id });
}

/** Only makes the rows run one by one. */
function repeated({ key }: Upsert): Error {
  const fields = key.fields.map((field) => field.name);
  return createError('duplicate_value', { object: key.meta.name, fields });
}

import type { RecordData } from '@objectos/spec/contracts';
import { createError, isObjectOSError, ObjectOSError } from '@objectos/spec/errors';
import type { Row } from '../../driver/contract.js';
import type { Admission } from '../access.js';
import { createRecords } from '../create.js';
import { loadAllForWrite, viewIn } from '../load.js';
import { findRelation } from '../relations.js';
import type { Steps } from '../steps.js';
import { chunksOf } from '../store-rows.js';
import { prepareUpdate, storeUpdates, type PendingUpdate } from '../update.js';
import { tryTogether } from '../write-run.js';
import type { WriteScope } from '../write-scope.js';
import { splitRecord, type NestedList, type SplitRecord } from './parse.js';

/** Levels of records below the one that is written. */
export const MAX_NESTED_DEPTH = 5;
/** Records of one request, besides those of the object that it names. */
export const MAX_NESTED_RECORDS = 1_000;

/** How deep a nested write is, and how many records it may still touch. */
export interface Nesting {
  readonly depth: number;
  readonly budget: { left: number };
}

/** The nesting of a write that nothing is above of. */
export function rootNesting(): Nesting {
  return { depth: 0, budget: { left: MAX_NESTED_RECORDS } };
}

/** Takes data apart, as far as the writer may follow its relations. @throws `nested_write_invalid` */
export function* splitFor(
  scope: WriteScope,
  { meta }: Admission,
  data: RecordData,
): Steps<SplitRecord> {
  const { parts, snapshot, ctx } = scope;
  const reading = parts.gate.admitQuietly(snapshot, meta.name, 'read', ctx);
  const view = reading === undefined ? undefined : viewIn(scope, reading);
  return splitRecord(
    meta,
    data,
    (name) => view !== undefined && findRelation(view, name) !== undefined,
  );
}

/** Makes what a record points to, and completes its own values with the ids. */
export function* writeBefore(
  scope: WriteScope,
  { own, before }: SplitRecord,
  nesting: Nesting,
): Steps<RecordData> {
  const values = { ...own };
  for (const { relation, create, connect } of before) {
    const rows = yield* createNested(scope, relation.object, create, {
      nesting: deeper(nesting, create.length),
      path: (at) => `${relation.name}.create${relation.kind === 'one' ? '' : `.${at}`}`,
    });
    const ids = [...connect, ...rows.map((row) => row['id'] as string)];
    values[relation.name] = relation.kind === 'one' ? ids[0] : ids;
  }
  return values;
}

/** Makes and ties what points to a record. */
export function* writeAfter(
  scope: WriteScope,
  { after }: SplitRecord,
  { id, nesting }: { readonly id: string; readonly nesting: Nesting },
): Steps<void> {
  for (const list of after) {
    const { relation, create, connect } = list;
    const inner = deeper(nesting, create.length + connect.length);
    const path = (at: number) => `${relation.name}.create.${at}`;
    if (relation.kind === 'children') {
      const tie: RecordData = {
        [relation.via]: id,
        ...(relation.only === undefined ? {} : { [relation.only.field]: relation.only.value }),
      };
      const data = create.map((one) => ({ ...one, ...tie }));
      yield* createNested(scope, relation.object, data, { nesting: inner, path });
      yield* tieChildren(scope, list, tie);
    } else if (relation.kind === 'through') {
      const made = yield* createNested(scope, relation.object, create, { nesting: inner, path });
      const far = [...connect, ...made.map((row) => row['id'] as string)];
      const links = far.map((other) => ({ [relation.near]: id, [relation.far]: other }));
      yield* createNested(scope, relation.through, links, {
        nesting: inner,
        path: (at) => `${relation.name}.${at < connect.length ? 'connect' : 'create'}.${at}`,
      });
    }
  }
}

function* tieChildren(
  scope: WriteScope,
  { relation, connect }: NestedList,
  tie: RecordData,
): Steps<void> {
  if (connect.length === 0) return;
  const admission = admit(scope, relation.object, 'update');
  try {
    for (const ids of chunksOf([...new Set(connect)])) {
      const pending: PendingUpdate[] = [];
      for (const previous of yield* loadAllForWrite(scope, admission, ids)) {
        const change = { data: tie, options: {} };
        const one = yield* prepareUpdate(scope, admission, previous, change);
        if (one !== undefined) pending.push(one);
      }
      yield* storeUpdates(scope, admission, pending);
    }
  } catch (error) {
    throw atPath(error, `${relation.name}.connect`);
  }
}

interface NestedCreate {
  readonly nesting: Nesting;
  /** Where a record stands in the data of the one above it. */
  readonly path: (index: number) => string;
}

/** Makes records together; when that fails, one by one, to say which it is. */
function* createNested(
  scope: WriteScope,
  object: string,
  data: readonly RecordData[],
  { nesting, path }: NestedCreate,
): Steps<Row[]> {
  if (data.length === 0) return [];
  const admission = admit(scope, object, 'create');
  if (data.length > 1) {
    const rows = yield* tryTogether(scope, (inner) =>
      createRecords(inner, admission, data, {}, nesting),
    );
    if (rows !== undefined) return rows;
  }
  const rows: Row[] = [];
  for (const [index, one] of data.entries()) {
    try {
      rows.push(...(yield* createRecords(scope, admission, [one], {}, nesting)));
    } catch (error) {
      throw atPath(error, path(index));
    }
  }
  return rows;
}

function admit(scope: WriteScope, object: string, operation: 'create' | 'update'): Admission {
  const { parts, snapshot, ctx } = scope;
  return parts.gate.admit(snapshot, object, operation, ctx);
}

/** @throws `limit_exceeded` */
function deeper({ depth, budget }: Nesting, records: number): Nesting {
  if (depth >= MAX_NESTED_DEPTH) {
    throw createError('limit_exceeded', {
      limit: 'nested levels',
      max: MAX_NESTED_DEPTH,
      actual: depth + 1,
    });
  }
  budget.left -= records;
  if (budget.left < 0) {
    const actual = MAX_NESTED_RECORDS - budget.left;
    throw createError('limit_exceeded', {
      limit: 'nested records',
      max: MAX_NESTED_RECORDS,
      actual,
    });
  }
  return { depth: depth + 1, budget };
}

/** The same error, saying where in the data its record stands. */
function atPath(error: unknown, path: string): unknown {
  if (!isObjectOSError(error) || error.status >= 500) return error;
  const { code, params, details, fieldErrors } = error;
  const below = typeof details['path'] === 'string' ? `.${details['path']}` : '';
  return new ObjectOSError(code, params, {
    cause: error,
    details: { ...details, path: `${path}${below}` },
    fieldErrors: fieldErrors.map((one) => ({ ...one, field: `${path}.${one.field}` })),
  });
}

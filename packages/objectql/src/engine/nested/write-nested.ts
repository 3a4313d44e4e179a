import type { RecordData } from '@objectos/spec/contracts';
import { createError, isObjectOSError, ObjectOSError } from '@objectos/spec/errors';
import type { Row } from '../../driver/contract.js';
import type { RowFilter } from '../../driver/row-filter.js';
import type { RelationMeta } from '../../metadata/compiled.js';
import type { Admission } from '../access.js';
import { createRecords } from '../create.js';
import { deleteRecords } from '../delete.js';
import { loadAllForWrite, viewIn } from '../load.js';
import { findRelation } from '../relations.js';
import type { Steps } from '../steps.js';
import { chunksOf } from '../store-rows.js';
import { prepareUpdate, storeUpdates, type PendingUpdate } from '../update.js';
import { tryTogether } from '../write-run.js';
import type { WriteScope } from '../write-scope.js';
import { splitRecord, type NestedList, type SplitRecord } from './parse.js';
import { findTied } from './tied.js';

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

/** Unties, makes and ties what points to a record. */
export function* writeAfter(
  scope: WriteScope,
  { after }: SplitRecord,
  { id, nesting }: { readonly id: string; readonly nesting: Nesting },
): Steps<void> {
  for (const list of after) {
    const { create, connect, disconnect, set = [] } = list;
    const count = create.length + connect.length + disconnect.length + set.length;
    const inner = deeper(nesting, count);
    if (list.relation.kind === 'children') {
      yield* writeChildren(scope, { ...list, relation: list.relation }, { id, nesting: inner });
    } else if (list.relation.kind === 'through') {
      yield* writeLinks(scope, { ...list, relation: list.relation }, { id, nesting: inner });
    }
  }
}

type ListOf<K extends RelationMeta['kind']> = NestedList & {
  readonly relation: RelationMeta & { readonly kind: K };
};
interface Above {
  readonly id: string;
  readonly nesting: Nesting;
}

function* writeChildren(
  scope: WriteScope,
  list: ListOf<'children'>,
  { id, nesting }: Above,
): Steps<void> {
  const { relation, create, connect, disconnect, set } = list;
  const { via, only } = relation;
  const one = only === undefined ? {} : { [only.field]: only.value };
  const tie: RecordData = { [via]: id, ...one };
  const verb = set === undefined ? 'connect' : 'set';
  if (set !== undefined || disconnect.length > 0) {
    const where: RowFilter =
      set === undefined
        ? { op: 'in', field: 'id', value: disconnect }
        : { op: 'nin', field: 'id', value: set };
    const { object } = relation;
    const max = nesting.budget.left;
    const rows = yield* findTied(scope, { object, via, id, only, where, columns: ['id'], max });
    spend(nesting, rows.length);
    const path = `${relation.name}.${set === undefined ? 'disconnect' : 'set'}`;
    yield* changeChildren(scope, object, { ids: rows.map(idOf), change: { [via]: null }, path });
  }
  const data = create.map((one) => ({ ...one, ...tie }));
  const path = (at: number) => `${relation.name}.create.${at}`;
  yield* createNested(scope, relation.object, data, { nesting, path });
  const ids = [...new Set(set ?? connect)];
  yield* changeChildren(scope, relation.object, {
    ids,
    change: tie,
    path: `${relation.name}.${verb}`,
  });
}

function* writeLinks(
  scope: WriteScope,
  list: ListOf<'through'>,
  { id, nesting }: Above,
): Steps<void> {
  const { relation, create, connect, disconnect, set } = list;
  const { near, far, through } = relation;
  let ties = connect;
  if (set !== undefined || disconnect.length > 0) {
    const max = MAX_NESTED_RECORDS;
    const where: RowFilter | undefined =
      set === undefined ? { op: 'in', field: far, value: disconnect } : undefined;
    const columns = ['id', far];
    const rows = yield* findTied(scope, { object: through, via: near, id, where, columns, max });
    const gone = set === undefined ? rows : rows.filter((row) => !set.includes(row[far] as string));
    spend(nesting, gone.length);
    const path = `${relation.name}.${set === undefined ? 'disconnect' : 'set'}`;
    yield* removeLinks(scope, through, { ids: gone.map(idOf), path });
    const linked = new Set(rows.map((row) => row[far]));
    ties = set === undefined ? connect : set.filter((one) => !linked.has(one));
  }
  const path = (at: number) => `${relation.name}.create.${at}`;
  const made = yield* createNested(scope, relation.object, create, { nesting, path });
  const others = [...ties, ...made.map(idOf)];
  const links = others.map((other) => ({ [near]: id, [far]: other }));
  const verb = set === undefined ? 'connect' : 'set';
  yield* createNested(scope, through, links, {
    nesting,
    path: (at) => `${relation.name}.${at < ties.length ? verb : 'create'}.${at}`,
  });
}

interface ChildChange {
  readonly ids: readonly string[];
  readonly change: RecordData;
  readonly path: string;
}

function* changeChildren(
  scope: WriteScope,
  object: string,
  { ids, change, path }: ChildChange,
): Steps<void> {
  if (ids.length === 0) return;
  const admission = admit(scope, object, 'update');
  try {
    for (const chunk of chunksOf(ids)) {
      const pending: PendingUpdate[] = [];
      for (const previous of yield* loadAllForWrite(scope, admission, chunk)) {
        const one = yield* prepareUpdate(scope, admission, previous, { data: change, options: {} });
        if (one !== undefined) pending.push(one);
      }
      yield* storeUpdates(scope, admission, pending);
    }
  } catch (error) {
    throw atPath(error, path);
  }
}

function* removeLinks(
  scope: WriteScope,
  object: string,
  { ids, path }: { readonly ids: readonly string[]; readonly path: string },
): Steps<void> {
  if (ids.length === 0) return;
  const admission = admit(scope, object, 'delete');
  try {
    const rows = yield* loadAllForWrite(scope, admission, ids);
    yield* deleteRecords({ scope, deleting: new Set(), purge: false }, admission.meta, rows);
  } catch (error) {
    throw atPath(error, path);
  }
}

function admit(
  { parts, snapshot, ctx }: WriteScope,
  object: string,
  operation: 'create' | 'update' | 'delete',
): Admission {
  return parts.gate.admit(snapshot, object, operation, ctx);
}

function idOf(row: Row): string {
  return row['id'] as string;
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
  const inner = { ...scope, atOnce: true };
  for (const [index, one] of data.entries()) {
    try {
      rows.push(...(yield* createRecords(inner, admission, [one], {}, nesting)));
    } catch (error) {
      throw atPath(error, path(index));
    }
  }
  return rows;
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
  spend({ depth, budget }, records);
  return { depth: depth + 1, budget };
}

/** @throws `limit_exceeded` */
function spend({ budget }: Nesting, records: number): void {
  budget.left -= records;
  if (budget.left < 0) {
    const actual = MAX_NESTED_RECORDS - budget.left;
    throw createError('limit_exceeded', {
      limit: 'nested records',
      max: MAX_NESTED_RECORDS,
      actual,
    });
  }
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

import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { isRecord } from './read-request.js';

const OPERATIONS = ['create', 'update', 'upsert', 'delete'] as const;

/** What one item of a batch does. */
export type BatchOperation = (typeof OPERATIONS)[number];

/** One item of a batch. */
export interface BatchItem {
  readonly operation: BatchOperation;
  /** Absent for `create`. */
  readonly id: string;
  readonly data: RecordData;
}

/** How a batch deals with failures, and what it returns. */
export interface BatchOptions {
  /** All or nothing. */
  readonly atomic: boolean;
  /** Not atomic: go on after a failure. */
  readonly continueOnError: boolean;
  readonly returnRecords: boolean;
  /** Run it, tell the results, and undo it. */
  readonly validateOnly: boolean;
}

/** A batch, whatever dialect it was written in. */
export interface Batch {
  /** As the answer tells it: `mixed` where the items differ. */
  readonly operation: BatchOperation | 'mixed';
  readonly items: readonly BatchItem[];
  readonly options: BatchOptions;
  /** Fields that find the records of an upsert. */
  readonly by?: readonly string[] | undefined;
}

export const optionsSchema = z
  .strictObject({
    atomic: z.boolean().default(true),
    continueOnError: z.boolean().default(false),
    returnRecords: z.boolean().default(false),
    validateOnly: z.boolean().default(false),
  })
  .prefault({});

const list = z.array(z.unknown());
const by = z.array(z.string().max(64)).min(1).max(8);
const recordsSchema = z.strictObject({ records: list, options: optionsSchema });
const idsSchema = z.strictObject({ ids: list, options: optionsSchema });
const batchSchema = z.strictObject({
  operation: z.string().optional(),
  records: list.optional(),
  operations: list.optional(),
  /** Of an upsert. */
  by: by.optional(),
  /** Newer clients say it beside `operations` instead of in the options. */
  atomic: z.boolean().optional(),
  options: optionsSchema,
});

/** Reads `createMany`: a list of records, bare or as `records`. */
export function createManyBody(body: unknown, max: number): RecordData[] {
  const records = Array.isArray(body)
    ? (body as readonly unknown[])
    : parse(z.strictObject({ records: list }), body).records;
  checkLength(records, 'bulkRecords', max);
  return records.map((record, index) => data(record, `record ${index}`));
}

/** Reads `updateMany`: `{records: [{id, data}], options}`. */
export function updateManyBody(body: unknown, max: number): Batch {
  const { records, options } = parse(recordsSchema, body);
  checkLength(records, 'bulkRecords', max);
  const items = records.map((record, index) => item(record, 'update', index));
  return { operation: 'update', items, options };
}

/** Reads `deleteMany`: `{ids, options}`. */
export function deleteManyBody(body: unknown, max: number): Batch {
  const { ids, options } = parse(idsSchema, body);
  checkLength(ids, 'bulkRecords', max);
  const items = ids.map((id, index) => item({ id }, 'delete', index));
  return { operation: 'delete', items, options };
}

/** Reads `upsertMany`: `{records: [record, …], by: [field, …], options}`. */
export function upsertManyBody(body: unknown, max: number): Batch {
  const schema = z.strictObject({ records: list, by, options: optionsSchema });
  const { records, by: key, options } = parse(schema, body);
  checkLength(records, 'bulkRecords', max);
  const items = records.map((record, index) => ({
    operation: 'upsert' as const,
    id: '',
    data: data(record, `record ${index}`),
  }));
  return { operation: 'upsert', items, options, by: key };
}

/** Reads `batch`, in either dialect: `{operation, records}` or `{operations: [{type, id, data}]}`. */
export function batchBody(body: unknown, max: number): Batch {
  const { operation, records, operations, atomic, options, by: key } = parse(batchSchema, body);
  const given = records ?? operations;
  if (given === undefined || (records !== undefined && operations !== undefined)) {
    throw invalid('it has either "operation" and "records", or "operations"');
  }
  checkLength(given, 'batchItems', max);
  const items = given.map((one, index) =>
    item(
      one,
      records === undefined ? operationOf(one, index) : known(operation, 'operation'),
      index,
      key,
    ),
  );
  if (key === undefined && items.some((one) => one.operation === 'upsert')) {
    throw invalid('an upsert needs "by", the fields that find its records');
  }
  return {
    operation: common(items),
    items,
    options: atomic === undefined ? options : { ...options, atomic },
    by: key,
  };
}

function item(
  value: unknown,
  operation: BatchOperation,
  index: number,
  by?: readonly string[],
): BatchItem {
  const where = `item ${index}`;
  const { id, data: given, externalId, ...rest } = data(value, where);
  for (const key of Object.keys(rest)) {
    if (key === 'type' || key === 'operation') continue;
    throw invalid(`${where} has the unknown key "${key.slice(0, 60)}"; fields go into "data"`);
  }
  const known = operation === 'update' || operation === 'delete';
  if (!known && id !== undefined && id !== null) {
    throw invalid(`${where} is to be created and must not have an id`);
  }
  if (known && (typeof id !== 'string' || id === '')) throw invalid(`${where} has no id`);
  const values = operation === 'delete' ? {} : data(given, `"data" of ${where}`);
  return {
    operation,
    id: typeof id === 'string' ? id : '',
    data: externalId === undefined ? values : withKey({ values, externalId, operation, by }, where),
  };
}

/** Published clients give the value of the key beside the data. */
function withKey(
  given: {
    readonly values: RecordData;
    readonly externalId: unknown;
    readonly operation: BatchOperation;
    readonly by: readonly string[] | undefined;
  },
  where: string,
): RecordData {
  const [field] = given.by ?? [];
  if (given.operation !== 'upsert' || field === undefined || given.by?.length !== 1) {
    throw invalid(`"externalId" of ${where} belongs to an upsert whose "by" is one field`);
  }
  return { ...given.values, [field]: given.externalId };
}

function operationOf(value: unknown, index: number): BatchOperation {
  const { type, operation } = data(value, `item ${index}`);
  return known(operation ?? type, `operation of item ${index}`);
}

function known(operation: unknown, what: string): BatchOperation {
  const found = OPERATIONS.find((one) => one === operation);
  if (found !== undefined) return found;
  throw invalid(`the ${what} is not create, update, upsert or delete`);
}

function common(items: readonly BatchItem[]): Batch['operation'] {
  const [first] = items;
  if (first === undefined) return 'mixed';
  return items.every((one) => one.operation === first.operation) ? first.operation : 'mixed';
}

/** A JSON object. @throws `body_invalid` */
export function data(value: unknown, where: string): RecordData {
  if (isRecord(value)) return value;
  throw invalid(`${where} is not an object`);
}

/** @throws `limit_exceeded` */
export function checkLength(items: readonly unknown[], limit: string, max: number): void {
  if (items.length > max) throw createError('limit_exceeded', { limit, max, actual: items.length });
}

/** Reads a body by its schema. @throws `body_invalid` */
export function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw invalid(`${issue?.message ?? 'it has another shape'}${at}`);
}

/** `body_invalid` for this reason. */
export function invalid(reason: string): Error {
  return createError('body_invalid', { reason });
}

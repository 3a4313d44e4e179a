import type { Filter, RecordData, WhereOptions } from '@objectos/spec/contracts';
import { normalizeQueryBody } from '@objectql/core';
import { z } from 'zod';
import { data, invalid, optionsSchema, parse, type BatchOptions } from './bulk-body.js';
import { isRecord } from './read-request.js';

/** A write of all records that match a filter. */
export interface FilterWrite extends WhereOptions {
  readonly where: Filter;
  readonly data: RecordData;
  readonly options: BatchOptions;
}

const guards = {
  filter: z.unknown().optional(),
  expected: z.int().min(0).optional(),
  options: optionsSchema,
};
const updateSchema = z.strictObject({ ...guards, data: z.unknown() });
const deleteSchema = z.strictObject(guards);

/** True for a bulk body that names its records by a filter instead of a list. */
export function isFilterBody(body: unknown): boolean {
  return isRecord(body) && 'filter' in body;
}

/**
 * Reads `{filter, data, expected, options}`. A filter that matches everything must come with the
 * number of records that the client expects.
 *
 * @throws `body_invalid`, and what reading a filter throws
 */
export function filterUpdate(body: unknown, object: string, max: number): FilterWrite {
  const { filter, data: values, expected, options } = parse(updateSchema, body);
  const where = guarded(readFilter(filter, object), expected);
  return { where, data: data(values, '"data"'), expected, max, options };
}

/** Reads `{filter, expected, options}`. */
export function filterDelete(body: unknown, object: string, max: number): FilterWrite {
  const { filter, expected, options } = parse(deleteSchema, body);
  return { where: guarded(readFilter(filter, object), expected), data: {}, expected, max, options };
}

/** Reads the body of `emptyTrash`, where nothing at all means everything in the trash. */
export function trashFilter(body: unknown, object: string, max: number): FilterWrite {
  const { filter, expected, options } = parse(deleteSchema, body ?? {});
  return { where: readFilter(filter, object), data: {}, expected, max, options };
}

function readFilter(filter: unknown, object: string): Filter {
  const body = filter === undefined ? {} : { where: filter };
  const { where } = normalizeQueryBody(body, { object });
  return where ?? { op: 'and', args: [] };
}

function guarded(where: Filter, expected: number | undefined): Filter {
  if (expected === undefined && where.op === 'and' && where.args.length === 0) {
    throw invalid('a filter that matches every record needs "expected", their number');
  }
  return where;
}

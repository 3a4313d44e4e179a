import type { RecordData, Scalar } from '@objectos/spec/contracts';
import { createError, type FieldError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { FieldMeta, ObjectMeta } from '../metadata/compiled.js';
import { checkValue } from '../values/checks.js';
import type { Admission } from './access.js';
import { readableField } from './filter-plan.js';
import { isId } from './ids.js';
import { invalid } from './write-plan.js';

/** The fields by which an upsert finds its record. */
export interface UpsertKey {
  readonly meta: ObjectMeta;
  readonly fields: readonly FieldMeta[];
}

/**
 * The key of an upsert: `id`, or fields that a unique index is on. Without one, two requests at the
 * same time would both insert.
 *
 * @throws `upsert_key_not_unique`, `unknown_field`
 */
export function upsertKey(admission: Admission, by: readonly string[]): UpsertKey {
  const { meta } = admission;
  const fields = by.map((name) => readableField(admission, name));
  const names = fields.map((field) => field.name);
  if ((names.length === 1 && names[0] === 'id') || isUnique(meta, names)) return { meta, fields };
  throw createError('upsert_key_not_unique', {
    object: meta.name,
    fields: [...by],
    unique: uniqueKeys(meta),
  });
}

/** The values of the key in a record, normalised as they are stored. @throws `validation_error` */
export function keyValues({ meta, fields }: UpsertKey, data: RecordData): Scalar[] {
  const problems: FieldError[] = [];
  const values = fields.map((field): Scalar => {
    const { name: fieldName } = field;
    const given = data[fieldName];
    if (given === undefined || given === null || given === '') {
      const message = 'a value is required: it finds the record';
      problems.push({ field: fieldName, code: 'missing_required_field', message });
      return null;
    }
    if (fieldName === 'id') return knownId(meta, given);
    const outcome = checkValue(field, given);
    if (outcome.ok) return outcome.value as Scalar;
    problems.push({ field: fieldName, code: outcome.code, message: outcome.message });
    return null;
  });
  if (problems.length > 0) throw invalid(meta, problems);
  return values;
}

/** @throws `invalid_id` */
function knownId(meta: ObjectMeta, given: unknown): string {
  if (isId(given)) return given;
  throw createError('invalid_id', { object: meta.name });
}

/** The values of the key in a stored row. */
export function keyOfRow({ fields }: UpsertKey, row: Row): Scalar[] {
  return fields.map((field) => row[field.name] as Scalar);
}

/** The condition that finds the records of these keys. */
export function whereKeys({ fields }: UpsertKey, keys: readonly (readonly Scalar[])[]): RowFilter {
  const [only] = fields;
  if (only !== undefined && fields.length === 1) {
    return { op: 'in', field: only.name, value: keys.map(([value = null]) => value) };
  }
  const args = keys.map((values): RowFilter => ({
    op: 'and',
    args: fields.map((field, index) => ({
      op: 'eq',
      field: field.name,
      value: values[index] ?? null,
    })),
  }));
  return { op: 'or', args };
}

function isUnique(meta: ObjectMeta, names: readonly string[]): boolean {
  const wanted = [...names].sort().join();
  return uniqueKeys(meta).some((columns) => [...columns].sort().join() === wanted);
}

function uniqueKeys({ table }: ObjectMeta): (readonly string[])[] {
  return table.indexes.filter((index) => index.unique).map((index) => index.columns);
}

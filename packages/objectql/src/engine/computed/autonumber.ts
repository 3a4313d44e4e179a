import type { RecordData } from '@objectos/spec/contracts';
import type { FieldDefinitionOf } from '@objectos/spec/metadata';
import { isObjectOSError } from '@objectos/spec/errors';
import type { FieldMeta, ObjectMeta } from '../../metadata/compiled.js';
import { run, wait, type Steps } from '../steps.js';
import { sequenceTable } from '../system-tables.js';
import type { WriteScope } from '../write-scope.js';

const DEFAULT_FORMAT = '{00000}';
const numbered = new WeakMap<ObjectMeta, readonly FieldMeta[]>();

/** The fields of an object that are numbered. */
export function autonumbersOf(meta: ObjectMeta): readonly FieldMeta[] {
  let fields = numbered.get(meta);
  if (fields === undefined) {
    fields = [...meta.fields.values()].filter((field) => field.type === 'autonumber');
    numbered.set(meta, fields);
  }
  return fields;
}

/**
 * Gives new records their numbers: consecutive, per organization, from 1 in each period that the
 * format names. The counter is a row of the same transaction, so what is undone leaves no gap, and
 * writers of one object and organization follow each other.
 */
export function* numberRecords(
  scope: WriteScope,
  meta: ObjectMeta,
  records: readonly RecordData[],
  fields: readonly FieldMeta[] = autonumbersOf(meta),
): Steps<readonly RecordData[]> {
  if (fields.length === 0 || records.length === 0) return records;
  const made = records.map((record) => ({ ...record }));
  for (const field of fields) {
    const format = formatOf(field);
    const dated = withDate(format, scope.at);
    const tenant = scope.ctx.principal.tenantId ?? '';
    const last = yield* advance(
      scope,
      `${meta.name}.${field.name} ${tenant} ${periodOf(format, scope.at)}`,
      made.length,
    );
    made.forEach((record, index) => {
      record[field.name] = withNumber(dated, last - made.length + index + 1);
    });
  }
  return made;
}

/** Moves a counter on, and answers with its last number. */
function* advance(scope: WriteScope, id: string, count: number): Steps<number> {
  const { session } = scope.transaction;
  for (let attempt = 0; ; attempt += 1) {
    const [row] = yield* wait(
      session.find({
        table: sequenceTable,
        columns: ['value'],
        where: { op: 'eq', field: 'id', value: id },
        lock: 'wait',
      }),
    );
    if (row !== undefined) {
      const value = (row['value'] as number) + count;
      yield* wait(
        session.update({
          table: sequenceTable,
          set: { value },
          where: { op: 'eq', field: 'id', value: id },
        }),
      );
      return value;
    }
    if (yield* begin(scope, id, count)) return count;
    // Another writer began it in the same moment: now there is one to wait for.
    if (attempt > 3)
      throw new Error(`unreachable: the counter "${id}" neither exists nor can be made`);
  }
}

function* begin({ transaction }: WriteScope, id: string, value: number): Steps<boolean> {
  try {
    yield* wait(
      transaction.session.nested((nested) =>
        run(wait(nested.insert(sequenceTable, [{ id, value }]))),
      ),
    );
    return true;
  } catch (error) {
    if (isObjectOSError(error, 'duplicate_value')) return false;
    throw error;
  }
}

function formatOf(field: FieldMeta): string {
  return (field.definition as FieldDefinitionOf<'autonumber'>).format ?? DEFAULT_FORMAT;
}

/** The part of the date that the format shows to its finest: numbers begin anew with it. */
function periodOf(format: string, at: string): string {
  if (format.includes('{DD}')) return at.slice(0, 10);
  if (format.includes('{MM}')) return at.slice(0, 7);
  return format.includes('{YY') ? at.slice(0, 4) : '';
}

function withDate(format: string, at: string): string {
  return format
    .replaceAll('{YYYY}', at.slice(0, 4))
    .replaceAll('{YY}', at.slice(2, 4))
    .replaceAll('{MM}', at.slice(5, 7))
    .replaceAll('{DD}', at.slice(8, 10));
}

function withNumber(format: string, number: number): string {
  return format.replace(/\{(0+)\}/, (_, zeros: string) =>
    String(number).padStart(zeros.length, '0'),
  );
}

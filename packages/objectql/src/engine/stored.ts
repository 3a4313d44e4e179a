import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { actorOf } from './change-log.js';
import { foldTranslations, withTranslations } from './translation/rows.js';

const blankRows = new WeakMap<ObjectMeta, Row>();

/** A row that says nothing: every column of the table, in the table's order. */
function blankRow(meta: ObjectMeta): Row {
  let row = blankRows.get(meta);
  if (row === undefined) {
    row = Object.fromEntries(meta.stored.map((name) => [name, null]));
    Object.assign(row, meta.initial);
    blankRows.set(meta, row);
  }
  return row;
}

/** The row of a new record: every column of the table, in the table's order. */
export function newRow(
  meta: ObjectMeta,
  values: RecordData,
  stamp: { readonly id: string; readonly at: string; readonly ctx: ExecutionContext },
): Row {
  const { principal } = stamp.ctx;
  const actor = actorOf(principal);
  // A copy of one object has its shape at once, and rows of one shape are read fast.
  const row = { ...blankRow(meta) };
  for (const name of Object.keys(values)) {
    if (name in row && !(name in meta.initial)) row[name] = values[name] ?? null;
  }
  if (meta.translated.length > 0) putTranslations(meta, row, values);
  row['id'] = stamp.id;
  row['created_at'] = stamp.at;
  row['created_by'] = actor;
  row['updated_at'] = stamp.at;
  row['updated_by'] = actor;
  row['owner_id'] = values['owner_id'] ?? (principal.kind === 'user' ? principal.id : null);
  row['organization_id'] = principal.tenantId;
  row['revision'] = 1;
  return row;
}

/** Translations lie in their columns, and stand beside the fields for whoever looks at the row. */
function putTranslations(meta: ObjectMeta, row: Row, values: RecordData): void {
  Object.assign(row, foldTranslations(meta, {}, values));
  Object.assign(row, withTranslations(meta, row));
}

/** What a write of an existing record sets beside the changed fields. */
export function updateStamp(revision: number, at: string, ctx: ExecutionContext): Row {
  return { updated_at: at, updated_by: actorOf(ctx.principal), revision };
}

/** These fields of a row as the change log keeps them: secrets leave no trace but their name. */
export function projectForLog(meta: ObjectMeta, row: Row, names: readonly string[]): RecordData {
  const record = project(row, names);
  for (const name of names) if (meta.sealed.has(name)) record[name] = '***';
  return record;
}

/** These fields of a row. */
export function project(row: Row, names: readonly string[]): RecordData {
  const record: RecordData = {};
  for (const name of names) record[name] = row[name];
  return record;
}

const blankRecords = new WeakMap<readonly string[], RecordData>();

/** The record as the principal sees it; `visible` is a list that comes again. */
export function shownRecord(row: Row, visible: readonly string[]): RecordData {
  let blank = blankRecords.get(visible);
  if (blank === undefined) {
    blank = Object.fromEntries(visible.map((name) => [name, null]));
    blankRecords.set(visible, blank);
  }
  const record = { ...blank };
  for (const name of visible) record[name] = row[name];
  return record;
}

import type { RecordData, Scalar } from '@objectos/spec/contracts';
import { createError, type FieldError } from '@objectos/spec/errors';
import type { FieldMeta } from '../metadata/compiled.js';
import type { ImportColumn } from './columns.js';
import { CellProblem, cellErrors, cellValue } from './convert.js';
import { unescapeFormula } from './csv-write.js';
import type { createLookups } from './lookups.js';
import type { FileRow } from './rows.js';

type Lookups = ReturnType<typeof createLookups>;
type LookupColumn = Extract<ImportColumn, { kind: 'lookup' }>;

/** A row as a record, or why it is none. */
export type PreparedRow =
  | { readonly source: FileRow; readonly data: RecordData }
  | {
      readonly source: FileRow;
      readonly error: unknown;
      /** The record it points to may stand in the same file, and be there after the others. */
      readonly retry?: boolean | undefined;
    };

/** What turning rows into records needs. */
export interface PrepareScope {
  readonly object: string;
  readonly column: (header: string) => ImportColumn;
  readonly lookups: Lookups;
  /** Values are the texts of cells, as in a CSV; otherwise they are what they are. */
  readonly cells: boolean;
  /** An empty cell empties the field; otherwise it says nothing about it. */
  readonly clearEmpty: boolean;
}

interface Draft {
  readonly source: FileRow;
  readonly data: RecordData;
  readonly problems: FieldError[];
  readonly lookups: { readonly column: LookupColumn; readonly keys: readonly Scalar[] }[];
}

/** Turns rows into records; the keys of related records are looked up for all rows together. */
export async function prepareRows(
  scope: PrepareScope,
  rows: readonly FileRow[],
): Promise<PreparedRow[]> {
  const drafts = rows.map((row) => draftOf(scope, row));
  const wanted = new Map<LookupColumn, Set<Scalar>>();
  for (const { lookups } of drafts) {
    for (const { column, keys } of lookups) {
      const known = wanted.get(column) ?? new Set<Scalar>();
      for (const key of keys) known.add(key);
      wanted.set(column, known);
    }
  }
  for (const [column, keys] of wanted) await scope.lookups.load(column, keys);
  return drafts.map((draft) => finished(scope, draft));
}

function draftOf(scope: PrepareScope, source: FileRow): Draft {
  const draft: Draft = { source, data: {}, problems: [], lookups: [] };
  for (const [header, value] of Object.entries(source.values)) {
    const column = scope.column(header);
    if (column.kind === 'ignored') continue;
    try {
      if (column.kind === 'field') readField(scope, draft, column.field, value);
      else readLookup(scope, draft, column, value);
    } catch (error) {
      if (!(error instanceof CellProblem)) throw error;
      draft.problems.push(error.fieldError);
    }
  }
  return draft;
}

function readField(scope: PrepareScope, draft: Draft, field: FieldMeta, value: unknown): void {
  const read = scope.cells ? cellValue(field, String(value)) : value;
  if (read !== null || scope.clearEmpty) draft.data[field.name] = read;
}

function readLookup(scope: PrepareScope, draft: Draft, column: LookupColumn, value: unknown): void {
  const { field, by } = column;
  const keys = (field.multiple ? listOfKeys(value) : [value]).flatMap((key): Scalar[] => {
    const read = scope.cells ? cellValue(by, String(key)) : key;
    return read === null || read === undefined ? [] : [read as Scalar];
  });
  if (keys.length > 0) draft.lookups.push({ column, keys });
  else if (scope.clearEmpty) draft.data[field.name] = null;
}

function listOfKeys(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? unescapeFormula(value).split(';') : [value];
}

function finished({ object, lookups }: PrepareScope, draft: Draft): PreparedRow {
  const { source, data, problems } = draft;
  if (source.problem !== undefined) {
    const reason = source.problem;
    return { source, error: createError('import_row_invalid', { row: source.row, reason }) };
  }
  let retry = problems.length === 0;
  for (const { column, keys } of draft.lookups) {
    const ids = keys.map((key) => lookups.idOf(column, key));
    const wrong = ids.find((id) => typeof id !== 'string');
    if (wrong !== undefined) {
      problems.push(wrong);
      retry &&= column.target.name === object;
    } else data[column.field.name] = column.field.multiple ? ids : ids[0];
  }
  if (problems.length === 0) return { source, data };
  return { source, error: cellErrors(object, problems), retry };
}

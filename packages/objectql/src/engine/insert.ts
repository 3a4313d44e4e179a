import type { ExecutionContext, InsertOptions, RecordData } from '@objectos/spec/contracts';
import type { FieldError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import { insertTogether } from '../driver/insert-together.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import type { RecordChange } from './change-log.js';
import { numberRecords } from './computed/autonumber.js';
import { sealRows } from './encryption/encrypted-fields.js';
import { makeTenantSchema } from '../tenants/schemas.js';
import { newId } from './ids.js';
import { checkOwners } from './ownership.js';
import { inheritOwners } from './masters.js';
import { expectedReferences } from './references.js';
import { hasRules } from './rules/index.js';
import { newRow } from './stored.js';
import { wait, type Steps } from './steps.js';
import { fillDefaultLanguage } from './translation/input.js';
import { withoutKeys } from './translation/rows.js';
import { invalid, missingRequired, readHookChanges, readInput, writePlanOf } from './write-plan.js';
import {
  changeLogEntries,
  hookScope,
  noteChanges,
  validateRules,
  type WriteScope,
} from './write-scope.js';

/** Options of an insert, and whether the writer may name the owner. */
export interface NewRecordOptions extends InsertOptions {
  readonly acceptOwner?: boolean | undefined;
}

/** Reads the data of a new record: checks names and values, fills defaults, makes the id. */
export function readNewRecord(
  admission: Admission,
  data: RecordData,
  options: NewRecordOptions,
): RecordData {
  const values = readInput(admission, data, options);
  fillDefaultLanguage(admission.meta, values);
  for (const [name, value] of writePlanOf(admission.meta).defaults) {
    if (!(name in values)) values[name] = value;
  }
  values['id'] ??= newId();
  return values;
}

/**
 * Inserts prepared records: hooks, validation, references, rows, change log, hooks. One statement
 * for all of them where the database can; where nobody asks meanwhile, it is put off to the commit.
 *
 * @returns the stored rows
 */
export function* insertRecords(
  scope: WriteScope,
  meta: ObjectMeta,
  records: readonly RecordData[],
): Steps<Row[]> {
  const rows: Row[] = [];
  const numbered = yield* numberRecords(scope, meta, records);
  const isChanged = scope.parts.hooks.has('beforeInsert', meta.name);
  const isRuled = hasRules(meta, 'insert');
  for (const record of numbered) {
    const values = isChanged ? yield* beforeInsert(scope, meta, record) : record;
    const row = newRow(meta, values, { id: record['id'] as string, at: scope.at, ctx: scope.ctx });
    const problems = missingRequired(meta, row);
    if (isRuled) problems.push(...(yield* checkRules(scope, meta, row)));
    if (problems.length > 0) throw invalid(meta, problems);
    rows.push(row);
  }
  const expected = expectedReferences(referenceScope(scope), meta, rows);
  yield* inheritOwners(scope, meta, rows);
  yield* checkOwners(scope, meta, rows);
  yield* sealRows(scope.parts, meta, rows);
  const changes = creations(meta, rows, scope.at);
  const stored = { table: meta.table, rows: withoutKeys(meta, rows) };
  const inserts = [stored, changeLogEntries(scope, changes)];
  const isObserved = scope.parts.hooks.has('afterInsert', meta.name);
  const joint = { expected, inserts, later: !isObserved && scope.atOnce !== true };
  yield* wait(insertTogether(scope.transaction.session, joint));
  if (meta.name === 'organization') {
    for (const row of rows) yield* makeTenantSchema(scope.transaction.session, row['id'] as string);
  }
  noteChanges(
    scope,
    changes,
    rows.map((row) => ({ before: undefined, after: row })),
  );
  if (isObserved) {
    const ctx = hookScope(scope, meta.name, 'insert');
    for (const row of rows) {
      const id = row['id'] as string;
      yield* scope.parts.hooks.run('afterInsert', { object: meta.name, id, record: row, ctx });
    }
  }
  return rows;
}

/** What the check of references needs of a write. */
export function referenceScope({ parts, snapshot, transaction, ctx }: WriteScope) {
  return { gate: parts.gate, snapshot, session: transaction.session, ctx };
}

function checkRules(scope: WriteScope, meta: ObjectMeta, row: Row): Steps<FieldError[]> {
  return validateRules(scope, meta, 'insert', { id: row['id'] as string, record: row });
}

function* beforeInsert(scope: WriteScope, meta: ObjectMeta, record: RecordData): Steps<RecordData> {
  const { id, ...before } = record;
  const data = { ...before };
  const ctx: ExecutionContext = hookScope(scope, meta.name, 'insert');
  yield* scope.parts.hooks.run('beforeInsert', { object: meta.name, data, ctx });
  return { ...readHookChanges(meta, before, data), id };
}

function creations(meta: ObjectMeta, rows: readonly Row[], at: string): RecordChange[] {
  const { logged } = writePlanOf(meta);
  let names: readonly string[] = [];
  return rows.map((row) => {
    const after: RecordData = {};
    const changed: string[] = [];
    for (const { name, isTold } of logged) {
      const value = row[name] ?? null;
      if (value === null) continue;
      after[name] = value;
      if (isTold) changed.push(name);
    }
    // One list for all rows that have the same fields, so that it is written down once.
    if (!isEqualList(names, changed)) names = changed;
    return {
      object: meta.name,
      id: row['id'] as string,
      operation: 'create',
      revision: 1,
      changed: names,
      before: null,
      after,
      tenantId: (row['organization_id'] ?? null) as string | null,
      at,
    };
  });
}

function isEqualList(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}

import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError, type FieldError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { changeLogRow, type RecordChange } from './change-log.js';
import type { PendingAnswer } from './computed/answers.js';
import type { RowImage } from './computed/contribution.js';
import { noteImage } from './computed/roll-ups.js';
import { hookContext } from './hooks.js';
import type { EngineParts } from './parts.js';
import { runLanguageRules, runRules, type RuleEvent } from './rules/index.js';
import { run, wait, type Steps } from './steps.js';
import { changeLogTable } from './system-tables.js';
import type { RunningTransaction } from './transaction.js';

/** Default of the recursion limit (`EngineOptions.recursionLimit`). */
export const RECURSION_LIMIT = 16;

/** What the steps of one write share. */
export interface WriteScope {
  /** Nothing is put off to the commit: a failure belongs to one of several parts of the write. */
  readonly atOnce?: boolean | undefined;
  readonly parts: EngineParts;
  readonly snapshot: MetadataSnapshot;
  readonly transaction: RunningTransaction;
  readonly ctx: ExecutionContext;
  /** One moment for the whole write, so that everything it stamps is equal. */
  readonly at: string;
  /** Records that the write answers with; their formulas are computed when it is done. */
  readonly answers: PendingAnswer[];
}

/**
 * Runs work so that its failure undoes only what it did: in the database by a savepoint, and what was
 * noted of it beside the database.
 */
export function* inSavepoint<T>(
  scope: WriteScope,
  work: (scope: WriteScope) => Steps<T>,
): Steps<T> {
  const { transaction, answers } = scope;
  const [told, expected] = [transaction.changes.length, answers.length];
  try {
    return yield* wait(
      transaction.session.nested((session) =>
        run(work({ ...scope, transaction: { ...transaction, session } })),
      ),
    );
  } catch (error) {
    // An insert that was put off may have failed after its work was done.
    transaction.changes.length = told;
    answers.length = expected;
    throw error;
  }
}

/** The context that hooks of a write are given: inside its transaction, one link further. */
export function hookScope(scope: WriteScope, object: string, operation: string): ExecutionContext {
  const { ctx, transaction } = scope;
  return hookContext({ ...ctx, transaction }, { by: 'hook', object, operation });
}

/**
 * Appends to the change log and remembers the changes for the events after the commit.
 *
 * @param images the whole stored rows before and after, for each change
 */
export function* recordChanges(
  scope: WriteScope,
  changes: readonly RecordChange[],
  images: readonly RowImage[],
): Steps<void> {
  if (changes.length === 0) return;
  const { table, rows } = changeLogEntries(scope, changes);
  yield* wait(scope.transaction.session.insert(table, rows));
  noteChanges(scope, changes, images);
}

/** What the change log gets for changes. */
export function changeLogEntries({ ctx }: WriteScope, changes: readonly RecordChange[]) {
  return { table: changeLogTable, rows: changes.map((change) => changeLogRow(change, ctx)) };
}

/** Remembers changes that the log has, for the events after the commit and for roll-ups. */
export function noteChanges(
  scope: WriteScope,
  changes: readonly RecordChange[],
  images: readonly RowImage[],
): void {
  for (const change of changes) scope.transaction.changes.push(change);
  changes.forEach((change, index) => {
    const meta = scope.snapshot.objects.get(change.object);
    const image = images[index];
    if (meta !== undefined && image !== undefined) noteImage(meta, change, image);
  });
}

/** Runs the validation rules of a write of one record. */
export function* validateRules(
  scope: WriteScope,
  meta: ObjectMeta,
  event: RuleEvent,
  record: { readonly id: string; readonly record: RecordData; readonly previous?: Row | undefined },
): Steps<FieldError[]> {
  const { parts, ctx, at, transaction } = scope;
  const { principal } = ctx;
  const user: RecordData = { Id: principal.id, Kind: principal.kind };
  const ruleScope = {
    id: record.id,
    record: record.record,
    previous: record.previous,
    now: new Date(at),
    timezone: ctx.timezone ?? 'UTC',
    user,
    session: transaction.session,
  };
  const problems = yield* runRules(meta, event, ruleScope, {
    logger: parts.logger,
    log: transaction.rehearsal,
  });
  if (meta.translationKeys.size === 0 || event === 'delete') return problems;
  return [...problems, ...(yield* runLanguageRules(meta, event, ruleScope, problems))];
}

/**
 * Stops writes that keep triggering each other.
 *
 * @throws `recursion_limit` with the chain
 */
export function checkRecursion(ctx: ExecutionContext, limit: number = RECURSION_LIMIT): void {
  const chain = ctx.cause ?? [];
  if (chain.length <= limit) return;
  throw createError('recursion_limit', {
    limit,
    chain: chain.map((link) => `${link.operation} ${link.object}`),
  });
}

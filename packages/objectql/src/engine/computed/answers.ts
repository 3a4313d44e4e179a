import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../../driver/contract.js';
import type { ObjectMeta } from '../../metadata/compiled.js';
import type { Admission } from '../access.js';
import { wait, type Steps } from '../steps.js';
import { localizeShown } from '../translation/localize.js';
import type { WriteScope } from '../write-scope.js';
import { formulasFor } from './evaluate.js';
import { computingSession, evaluateInto } from './session.js';

/** A record that a write answers with, whose formulas have no value yet. */
export interface PendingAnswer {
  readonly meta: ObjectMeta;
  /** The whole stored row. */
  readonly row: Row;
  readonly record: RecordData;
  /** Formulas that the principal sees. */
  readonly formulas: readonly string[];
  /** As what the record is shown; absent: nobody may read it. */
  readonly reading?: Admission | undefined;
  /** The row may have changed since, and is read again. */
  readonly stale: boolean;
}

/** Remembers a record that is shown to the principal, until its formulas are computed. */
export function expectFormulas(
  answers: PendingAnswer[],
  shown: Omit<PendingAnswer, 'formulas'>,
): RecordData {
  const { meta, record, stale } = shown;
  if (meta.formulas.length === 0 && !stale) return record;
  const formulas = meta.formulas.map((field) => field.name).filter((name) => name in record);
  if (formulas.length > 0 || stale) answers.push({ ...shown, formulas });
  return record;
}

/** Reads again what other parts of the write may have changed, roll-up summaries above all. */
function* refresh(scope: WriteScope, answer: PendingAnswer): Steps<PendingAnswer> {
  const { meta, record, reading } = answer;
  const where = { op: 'eq', field: 'id', value: answer.row['id'] as string } as const;
  const [row = answer.row] = yield* wait(
    scope.transaction.session.find({ table: meta.table, columns: meta.stored, where }),
  );
  for (const name of Object.keys(record)) if (name in row) record[name] = row[name];
  if (reading !== undefined) localizeShown(reading, record, row);
  return { ...answer, row };
}

/** Computes the formulas of all records that a write answers with; related records are read once. */
export function* completeAnswers(scope: WriteScope): Steps<void> {
  const byObject = new Map<ObjectMeta, PendingAnswer[]>();
  for (const pending of scope.answers.splice(0)) {
    const answer = pending.stale ? yield* refresh(scope, pending) : pending;
    const list = byObject.get(answer.meta) ?? [];
    list.push(answer);
    byObject.set(answer.meta, list);
  }
  for (const [meta, answers] of byObject) {
    const names = new Set(answers.flatMap((answer) => answer.formulas));
    const rows = answers.map((answer) => ({ ...answer.row }));
    const { parts, snapshot, ctx, transaction } = scope;
    const reading = { parts, snapshot, ctx };
    const session = computingSession(transaction.session, reading);
    yield* evaluateInto(rows, formulasFor(meta, names), { ...reading, session });
    answers.forEach((answer, index) => {
      for (const name of answer.formulas) answer.record[name] = rows[index]?.[name] ?? null;
    });
  }
}

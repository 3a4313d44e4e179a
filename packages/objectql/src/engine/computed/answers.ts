import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../../driver/contract.js';
import type { ObjectMeta } from '../../metadata/compiled.js';
import type { Steps } from '../steps.js';
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
}

/** Remembers a record that is shown to the principal, until its formulas are computed. */
export function expectFormulas(
  answers: PendingAnswer[],
  shown: { readonly meta: ObjectMeta; readonly row: Row; readonly record: RecordData },
): RecordData {
  const { meta, record } = shown;
  if (meta.formulas.length === 0) return record;
  const formulas = meta.formulas.map((field) => field.name).filter((name) => name in record);
  if (formulas.length > 0) answers.push({ ...shown, formulas });
  return record;
}

/** Computes the formulas of all records that a write answers with; related records are read once. */
export function* completeAnswers(scope: WriteScope): Steps<void> {
  const byObject = new Map<ObjectMeta, PendingAnswer[]>();
  for (const answer of scope.answers.splice(0)) {
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

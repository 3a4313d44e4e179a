import type { MaybePromise } from '@objectos/spec/contracts';
import { run, wait, type Steps } from '../engine/steps.js';
import type { DriverSession, JointInsert } from './contract.js';

/** Rows that are written in one go, for sessions that have no better way: statement after statement. */
export function insertInTurn(
  session: Pick<DriverSession, 'find' | 'insert'>,
  { expected, inserts }: JointInsert,
): MaybePromise<void> {
  return run(
    (function* (): Steps<void> {
      for (const { table, where, count, refused } of expected) {
        const columns = ['id'];
        const found = yield* wait(session.find({ table, columns, where, lock: 'reference' }));
        if (found.length !== count) throw refused();
      }
      for (const { table, rows } of inserts) yield* wait(session.insert(table, rows));
    })(),
  );
}

/** Rows that are written in one go, the best way that the session has. */
export function insertTogether(session: DriverSession, insert: JointInsert): MaybePromise<void> {
  if (insert.expected.length + insert.inserts.length === 0) return;
  return session.insertTogether === undefined
    ? insertInTurn(session, insert)
    : session.insertTogether(insert);
}

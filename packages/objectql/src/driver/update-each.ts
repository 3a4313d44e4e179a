import type { MaybePromise, Scalar } from '@objectos/spec/contracts';
import { run, wait, type Steps } from '../engine/steps.js';
import type { DriverSession, UpdateEachStatement } from './contract.js';

/** Changes rows one after another, for sessions that have no better way. */
export function updateInTurn(
  session: Pick<DriverSession, 'update'>,
  { table, rows }: UpdateEachStatement,
): MaybePromise<number> {
  return run(
    (function* (): Steps<number> {
      let count = 0;
      for (const { match, set } of rows) {
        const args = Object.entries(match).map(
          ([field, value]) => ({ op: 'eq', field, value: value as Scalar }) as const,
        );
        count += yield* wait(session.update({ table, set, where: { op: 'and', args } }));
      }
      return count;
    })(),
  );
}

/** Changes rows, the best way that the session has. */
export function updateEach(
  session: DriverSession,
  statement: UpdateEachStatement,
): MaybePromise<number> {
  return session.updateEach?.(statement) ?? updateInTurn(session, statement);
}

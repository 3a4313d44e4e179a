import type {
  ExecutionContext,
  MaybePromise,
  Tracer,
  TransactionHandle,
} from '@objectos/spec/contracts';
import type { Driver, DriverSession, TransactionOptions } from '../driver/contract.js';
import { isEverywhere } from './membership.js';
import type { RecordChange } from './change-log.js';
import type { RehearsalLog } from './rehearsal-log.js';
import { run, wait, type Steps } from './steps.js';
import { traceSession } from './traced-session.js';

/** A running transaction: its session, and the changes to tell about once it committed. */
export interface RunningTransaction extends TransactionHandle {
  readonly session: DriverSession;
  readonly changes: RecordChange[];
  /** Called after the commit; must not throw. */
  readonly committed: (() => void)[];
  /** Shared by the transaction and its savepoints; closed by the end of the transaction. */
  readonly life: { open: boolean };
  /** Present while the work is rehearsed: notes which hooks and rules ran. */
  readonly rehearsal?: RehearsalLog | undefined;
}

/** Opens transactions and tells committed changes. */
export interface TransactionManager {
  /** The session that reads what this context may see: its transaction's, or committed rows. */
  sessionOf(ctx: ExecutionContext): DriverSession;
  /** Runs `work` in the context's transaction, or in a new one. Changes are told after the commit. */
  within<T>(
    ctx: ExecutionContext,
    options: TransactionOptions,
    work: (transaction: RunningTransaction) => MaybePromise<T>,
  ): Promise<T>;
}

/** Called after a commit with everything it changed, in order. Must not throw. */
export type CommitListener = (ctx: ExecutionContext, changes: readonly RecordChange[]) => void;

/**
 * Called with everything that a transaction changed, in it, before it commits; a throw undoes it all.
 * What it locks is locked last and for a moment only.
 */
export type CommitCheck = (
  changes: readonly RecordChange[],
  session: DriverSession,
) => MaybePromise<void>;

const noTracer = (): undefined => undefined;

/** Makes the transaction manager of an engine. */
export function createTransactionManager(
  driver: Driver,
  onCommit: CommitListener,
  tracer: () => Tracer | undefined = noTracer,
  beforeCommit?: CommitCheck,
): TransactionManager {
  const followed = (ctx: ExecutionContext, session: DriverSession): DriverSession => {
    const { trace } = ctx;
    if (trace === undefined || trace.sampled === false) return session;
    const active = tracer();
    return active === undefined ? session : traceSession(session, { tracer: active, trace });
  };

  return {
    sessionOf: (ctx) =>
      placedFor(ctx, running(ctx)?.session) ?? followed(ctx, placedFor(ctx, driver.reader)),
    async within(ctx, options, work) {
      const current = running(ctx);
      if (current !== undefined) {
        return inside({ ...current, session: placedFor(ctx, current.session) }, work);
      }
      const changes: RecordChange[] = [];
      const committed: (() => void)[] = [];
      const life = { open: true };
      let result;
      try {
        result = await driver.transaction((own) => {
          const session = followed(ctx, placedFor(ctx, own));
          // The driver may run this again after a conflict with another transaction.
          changes.length = 0;
          committed.length = 0;
          const result = work({ kind: 'transaction', session, changes, committed, life });
          if (beforeCommit === undefined) return result;
          return run(checked(result, () => beforeCommit(changes, session)));
        }, options);
        if (changes.length > 0) onCommit(ctx, changes);
      } finally {
        life.open = false;
      }
      for (const tell of committed) tell();
      return result;
    },
  };
}

/**
 * The session with the tables of the context's organization, where each has its own: of a user without
 * one those of no organization. The system that means all of them gets none.
 */
export function placedFor<S extends DriverSession | undefined>(
  { principal }: ExecutionContext,
  session: S,
): S {
  if (session?.tenants === undefined) return session;
  return session.tenants.of(isEverywhere(principal) ? undefined : principal.tenantId) as S;
}

function* checked<T>(result: MaybePromise<T>, check: () => MaybePromise<void>): Steps<T> {
  const value = yield* wait(result);
  yield* wait(check());
  return value;
}

/** Joins a running transaction in a savepoint, so that a caught failure leaves nothing behind. */
async function inside<T>(
  current: RunningTransaction,
  work: (transaction: RunningTransaction) => MaybePromise<T>,
): Promise<T> {
  const told = current.changes.length;
  const waiting = current.committed.length;
  try {
    return await current.session.nested((session) => work({ ...current, session }));
  } catch (error) {
    current.changes.length = told;
    current.committed.length = waiting;
    throw error;
  }
}

/** The open transaction of a context. One that ended (work nobody awaited) is not joined. */
export function running(ctx: ExecutionContext): RunningTransaction | undefined {
  const transaction = ctx.transaction as RunningTransaction | undefined;
  return transaction?.life.open === true ? transaction : undefined;
}

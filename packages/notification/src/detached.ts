import type { JobsService, Logger, TransactionHandle } from '@objectos/spec/contracts';
import { createMemoryDatabase, type Database } from '@objectql/core/plugin';

/**
 * A database in memory, for hosts without one, and the jobs as they go with it: they have a database
 * of their own there, so jobs are enqueued when the transaction here has committed. Nothing waits for
 * both, so nothing waits for ever.
 */
export function createDetached(
  jobs: JobsService,
  logger: Logger,
): { readonly database: Database; readonly jobs: JobsService } {
  const memory = createMemoryDatabase();
  const waiting = new WeakMap<TransactionHandle, (() => void)[]>();
  const later = (transaction: TransactionHandle | undefined) =>
    transaction === undefined ? undefined : waiting.get(transaction);

  const database: Database = {
    ...memory,
    async transaction(ctx, work) {
      if (later(ctx.transaction) !== undefined) return memory.transaction(ctx, work);
      const after: (() => void)[] = [];
      const result = await memory.transaction(ctx, (session, inner) => {
        if (inner.transaction !== undefined) waiting.set(inner.transaction, after);
        return work(session, inner);
      });
      for (const enqueue of after) enqueue();
      return result;
    },
  };
  return {
    database,
    jobs: {
      ...jobs,
      async enqueue(job, payload, ctx, options) {
        const after = later(ctx.transaction);
        if (after === undefined) return jobs.enqueue(job, payload, ctx, options);
        after.push(() => {
          jobs
            .enqueue(job, payload, { ...ctx, transaction: undefined }, options)
            .catch((error: unknown) => logger.error({ error }, 'a job could not be enqueued'));
        });
        return { id: '', created: true };
      },
    },
  };
}

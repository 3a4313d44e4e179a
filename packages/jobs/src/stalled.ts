import type { ExecutionContext, Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import { toFailure } from './failure.js';
import { endRun } from './finish.js';
import type { JobRow } from './job-row.js';
import { is, readJobs } from './queue-store.js';

/** What the watch is made of. */
export interface StalledParts {
  readonly database: Database;
  readonly ctx: ExecutionContext;
  readonly logger: Logger;
  readonly now: () => number;
  /** Milliseconds without a sign of life. */
  readonly lease: number;
  /** A clock that never jumps, in milliseconds. */
  readonly elapsed: () => number;
  /** True for a run of this process: whoever can ask is alive, however slow the database is. */
  readonly isOwn: (job: JobRow) => boolean;
}

/**
 * Watches for runs whose worker died. A run shows life by changing its `beat`; one that did not
 * change for a whole lease, as this process's own steady clock measures it, is ended as a failed
 * attempt. So neither a wrong clock of a node nor one that jumps takes a job from a living worker.
 *
 * @returns one look; call it several times in a lease
 */
export function createStalledWatch(parts: StalledParts): () => Promise<number> {
  const { database, ctx, logger, now, lease, elapsed, isOwn } = parts;
  const seen = new Map<string, { readonly sign: string; readonly since: number }>();

  async function take(job: JobRow): Promise<boolean> {
    const error = toFailure(createError('job_stalled', { job: job.name }), now());
    const end = { kind: 'failed', error } as const;
    return database.transaction(ctx, async (session) => {
      const [current] = await readJobs(session, is('id', job.id), 1);
      if (current === undefined || signOf(current) !== signOf(job)) return false;
      return endRun(session, { job: current, end }, now());
    });
  }

  return async () => {
    const active = await readJobs(database.reader, is('state', 'active'));
    const ids = new Set(active.map(({ id }) => id));
    for (const id of seen.keys()) if (!ids.has(id)) seen.delete(id);
    let taken = 0;
    for (const job of active) {
      if (isOwn(job)) continue;
      const sign = signOf(job);
      const known = seen.get(job.id);
      if (known?.sign !== sign) seen.set(job.id, { sign, since: elapsed() });
      else if (elapsed() - known.since >= lease && (await take(job))) {
        seen.delete(job.id);
        taken += 1;
        logger.warn(
          { job: job.name, jobId: job.id, attempt: job.attempt },
          'a stalled job was taken',
        );
      }
    }
    return taken;
  };
}

function signOf({ token, beat }: JobRow): string {
  return `${token ?? ''} ${beat ?? ''}`;
}

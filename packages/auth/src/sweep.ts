import {
  defineJob,
  systemContext,
  type DataEngine,
  type JobsService,
  type PluginContext,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import type { Attempts } from './http/attempts.js';

/** Removes what has expired, once an hour on one of all nodes. */
export const sweepJob = defineJob('auth.sweep', z.object({}), { timeout: 3_600_000 });

/** What expires by itself: sessions, and one-time tokens that nobody used. */
const EXPIRING = ['session', 'user_verification'] as const;
const PORTION = 500;

/** How many records of each object were removed. */
export type Swept = Readonly<Record<string, number>>;

/** Removes expired sessions and tokens. They open nothing any more; this keeps the tables small. */
export async function sweepExpired(
  engine: DataEngine,
  now: number,
  signal?: AbortSignal,
): Promise<Swept> {
  const swept: Record<string, number> = {};
  const where = { op: 'lt', field: 'expires_at', value: new Date(now).toISOString() } as const;
  const ctx = systemContext('auth.sweep');
  for (const object of EXPIRING) {
    swept[object] = 0;
    for (;;) {
      const page = await engine.find(object, { where, fields: ['id'], limit: PORTION }, ctx);
      const ids = page.records.map((record) => record['id'] as string);
      if (ids.length > 0) await engine.deleteMany(object, ids, ctx, { atomic: false });
      swept[object] += ids.length;
      if (!page.hasMore || signal?.aborted === true) break;
    }
  }
  return swept;
}

/** Schedules the sweep. Without jobs nobody sweeps; the log says so. */
export async function scheduleSweep(
  ctx: PluginContext,
  engine: DataEngine,
  jobs: JobsService | undefined,
  attempts: Pick<Attempts, 'sweep'>,
): Promise<void> {
  if (jobs === undefined) {
    ctx.logger.info({}, 'no jobs are loaded: expired sessions stay in their table');
    return;
  }
  ctx.onDispose(
    jobs.handle(sweepJob, async ({ signal }) => {
      const records = await sweepExpired(engine, Date.now(), signal);
      const swept = { ...records, failedAttempts: await attempts.sweep() };
      ctx.logger.info({ ...swept }, 'what had expired was removed');
      return swept;
    }),
  );
  ctx.onDispose(
    await jobs.schedule({ name: sweepJob.name, job: sweepJob.name, cron: '41 * * * *' }),
  );
}

import {
  defineJob,
  jobOutcome,
  tenantReach,
  type Disposer,
  type FailureInbox,
  type JobsService,
  type PluginContext,
  type WorkProgress,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { z } from 'zod';
import { denied, holdsPermission } from '../requests.js';

/** The system permission that looking after failures asks for. */
export const MANAGE_FAILURES = 'manage_failures';

/** A replay of many failures in the background: of a group, of a source, or of all. */
export const replayFailures = defineJob(
  'failures.replay',
  z.strictObject({ fingerprint: z.string().optional(), source: z.string().optional() }),
  { onBehalf: true, timeout: 86_400_000, priority: 3 },
);

/**
 * Runs replays. One whose process dies goes on with what is left: what was replayed is no failure any
 * more.
 */
export function handleReplays(
  plugin: PluginContext,
  { jobs, inbox }: { readonly jobs: JobsService; readonly inbox: FailureInbox },
): Disposer {
  return jobs.handle(replayFailures, async (run) => {
    const { payload, ctx, signal } = run;
    if (!(await holdsPermission(plugin, ctx.principal, MANAGE_FAILURES))) {
      const reason = `it needs the system permission "${MANAGE_FAILURES}"`;
      return jobOutcome.fail(denied('failures', reason));
    }
    const scope = tenantReach(ctx.principal);
    const options = { signal, onProgress: (done: WorkProgress) => run.progress(done) };
    const { fingerprint, source } = payload;
    try {
      if (fingerprint === undefined) return await inbox.replayAll({ ...scope, source }, options);
      return await inbox.replayGroup(fingerprint, scope, options);
    } catch (error) {
      if (isObjectOSError(error, 'failure_not_found')) return jobOutcome.fail(error);
      throw error;
    }
  });
}

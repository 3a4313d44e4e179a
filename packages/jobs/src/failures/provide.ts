import {
  failureInboxService,
  failureSourcesPoint,
  routesPoint,
  systemContext,
  type FailureSource,
  type JobsService,
  type PluginContext,
} from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { createFailureInbox } from './inbox.js';
import { createJobFailures } from './job-failures.js';
import { createMutes } from './mutes.js';
import { handleReplays } from './replay-job.js';
import { failureRoutes } from './routes.js';

/** Provides the failure inbox, and contributes dead jobs to it like any other source. */
export function provideFailures(
  ctx: PluginContext,
  { jobs, database }: { readonly jobs: JobsService; readonly database: Database },
): void {
  let sources: readonly FailureSource[] = [];
  ctx.consume(failureSourcesPoint, (all) => {
    sources = all.map(({ value }) => value);
  });
  ctx.contribute(failureSourcesPoint, createJobFailures(jobs));
  const inbox = createFailureInbox({
    sources: () => sources,
    mutes: createMutes(database, systemContext('failures')),
    logger: ctx.logger,
    now: Date.now,
  });
  ctx.provide(failureInboxService, inbox);
  ctx.onDispose(handleReplays(ctx, { jobs, inbox }));
  for (const route of failureRoutes(ctx, { inbox, jobs })) ctx.contribute(routesPoint, route);
}

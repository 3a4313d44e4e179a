import {
  accessPolicyService,
  definePlugin,
  failureInboxService,
  jobsService,
  optional,
  principalDirectoryService,
  quotaService,
  routesPoint,
  tracerService,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createMemoryDatabase, databaseService } from '@objectql/core/plugin';
import { jobsConfigSchema } from './config.js';
import { provideFailures } from './failures/provide.js';
import { createJobsService } from './jobs-service.js';
import { jobRoutes } from './routes.js';

/**
 * Durable jobs as a plugin, on the application's database. Without one (a host with the kernel only)
 * jobs are kept in memory and are gone with the process, which the log says.
 */
export const jobsPlugin = definePlugin({
  manifest: { id: '@objectos/jobs', version: '0.1.0' },
  config: jobsConfigSchema,
  deps: { database: optional(databaseService) },
  provides: [jobsService, failureInboxService],
  setup(ctx, { database }) {
    if (database === undefined) {
      // Each process would carry jobs that only itself knows to workers of all.
      if (ctx.config.backend === 'bullmq') throw createError('job_backend_without_database', {});
      ctx.logger.warn({}, 'there is no database: jobs are kept in memory and end with the process');
    }
    const store = database ?? createMemoryDatabase();
    const jobs = createJobsService({
      database: store,
      config: ctx.config,
      logger: ctx.logger,
      runInContext: (context, work) => ctx.runInContext(context, work),
      tracer: () => ctx.service(tracerService),
      quotas: () => ctx.service(quotaService),
      people: {
        directory: () => ctx.service(principalDirectoryService),
        policy: () => ctx.service(accessPolicyService),
      },
    });
    ctx.provide(jobsService, jobs);
    provideFailures(ctx, { jobs, database: store });
    for (const route of jobRoutes(ctx, jobs)) ctx.contribute(routesPoint, route);
    // While the plugins that the jobs work with still run.
    ctx.on('kernel.stopping', () => jobs.quiesce());
    return {
      async start() {
        await jobs.prepare();
        jobs.start();
      },
      stop: () => jobs.stop(),
      health: () =>
        jobs.available
          ? { status: 'up' as const }
          : { status: 'degraded' as const, detail: 'Redis does not answer; jobs wait' },
    };
  },
});

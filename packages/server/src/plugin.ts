import {
  accessPolicyService,
  auditService,
  authenticatorService,
  countersService,
  dataEngineService,
  definePlugin,
  filesService,
  healthService,
  httpServerService,
  jobsService,
  localizerService,
  optional,
  quotaService,
  requestObserversPoint,
  routesPoint,
  secretWeakness,
  type HttpServer,
  type PluginContext,
  type RequestObserver,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { metadataSnapshotService } from '@objectql/core/plugin';
import { createBackground } from './background/background.js';
import { isLoopbackHost, serverConfigSchema, type ServerConfig } from './config.js';
import { createDoor } from './health/door.js';
import { createHealthViewer } from './health/report.js';
import { createReadiness } from './health/readiness.js';
import { createDrain } from './http/drain.js';
import { listen } from './http/listen.js';
import { createErrorResponder } from './http/reply.js';
import { createApplication } from './nest/application.js';
import { createApiQuota } from './rates/api-quota.js';
import { createRateGate } from './rates/rate-gate.js';
import { buildRouteTable, EMPTY_ROUTE_TABLE, type RouteTable } from './routes/route-table.js';
import { createAuthentication } from './security/authentication.js';
import { withBoundedLookUps } from './security/bounded-look-ups.js';
import { createCrossSiteCheck } from './security/cross-site.js';
import { createElevation } from './security/elevation.js';
import { withPreparedAccess } from './security/prepared-access.js';
import { createStartupToken } from './security/startup-token.js';

/** How often nodes tell each other what they counted. */
const RATE_SYNC_MS = 100;
/** How often calls are added to the counters of organizations. */
const QUOTA_FLUSH_MS = 1_000;

/**
 * The HTTP surface: REST, metadata, OpenAPI, discovery, health and the routes that plugins
 * contribute. Without an authentication plugin it answers to the start-up token and from this
 * machine only.
 *
 * @example createKernel({ plugins: [objectqlPlugin(…), serverPlugin], config: { '@objectos/plugin-server': { port: 8080 } } })
 */
export const serverPlugin = definePlugin({
  manifest: {
    id: '@objectos/plugin-server',
    version: '0.1.0',
    name: 'HTTP server',
    description: 'REST, metadata, OpenAPI and health over HTTP.',
  },
  config: serverConfigSchema,
  deps: {
    engine: dataEngineService,
    metadata: metadataSnapshotService,
    jobs: optional(jobsService),
    files: optional(filesService),
  },
  provides: [httpServerService],
  async setup(ctx, { engine, metadata, jobs, files }) {
    const { config, logger } = ctx;
    refuseWeakToken(config);
    const token = createStartupToken(config.startupToken);
    const authenticator = () => ctx.service(authenticatorService);
    const localizer = () => ctx.service(localizerService);
    const policy = () => ctx.service(accessPolicyService);
    const readiness = createReadiness();
    const routes = consumeRoutes(ctx);
    let url = `http://${config.host}:${config.port}`;
    const origin = () => config.publicUrl ?? url;
    const counters = () => ctx.service(countersService);
    const rates = createRateGate(config.rateLimits, { counters });
    const authentication = createAuthentication(authenticator, token);
    const authenticate = withPreparedAccess(
      withBoundedLookUps(authentication, authenticator, rates),
      policy,
    );
    const quota = createApiQuota(() => ctx.service(quotaService), logger);
    let background: ReturnType<typeof createBackground> | undefined;
    const parts = {
      config,
      logger,
      engine,
      snapshot: () => metadata.current(),
      localizer,
      respondError: createErrorResponder(logger, config, localizer),
      readiness,
      health: () => ctx.service(healthService)?.health(),
      mayViewHealth: createHealthViewer(authenticate, policy, rates),
      origin,
      rates,
      quota,
      elevation: createElevation({
        policy,
        audit: () => ctx.service(auditService),
        engine,
        hasOrganizations: () => metadata.current().objects.has('organization'),
      }),
      crossSite: createCrossSiteCheck({ origin, authenticator }),
      background: () => background,
      authenticationLoaded: () => authenticator() !== undefined,
    };
    if (jobs !== undefined && files !== undefined) {
      background = createBackground({ parts, jobs, files });
      ctx.onDispose(background.dispose);
    }
    const fastify = await createApplication({
      parts,
      authenticate,
      routes,
      runInContext: (context, work) => ctx.runInContext(context, work),
      observers: consumeObservers(ctx),
    });
    ctx.onDispose(() => fastify.close());
    const door = createDoor(config, logger);
    ctx.on('data.migration.progressed', ({ percent }) => {
      if (!fastify.server.listening && !readiness.draining()) door.tell(percent);
    });
    ctx.onDispose(() => door.close());
    const drain = createDrain(fastify, readiness, config.limits);
    // While every plugin still runs: what a request needs must not stop before it.
    ctx.on('kernel.stopping', () => drain.gently());
    ctx.provide(httpServerService, {
      get url() {
        return url;
      },
      get origin() {
        return origin();
      },
      get startupToken() {
        return authenticator() === undefined ? token.value : undefined;
      },
    } satisfies HttpServer);

    return {
      async start() {
        requireAuthentication(config, authenticator() !== undefined);
        await door.close();
        url = await listen(fastify, config);
        readiness.set('ready');
        if (counters()?.shared === true) ctx.setInterval(() => rates.sync(), RATE_SYNC_MS);
        ctx.setInterval(() => quota.flush(), QUOTA_FLUSH_MS);
        logger.info({ url }, 'the server listens');
      },
      async stop() {
        await drain.now();
        await quota.flush();
      },
      health: () => ({ status: fastify.server.listening ? 'up' : 'down' }),
    };
  },
});

/** Follows the contributed routes. A wrong one is reported, and the others are served. */
function consumeRoutes(ctx: PluginContext<ServerConfig>): () => RouteTable {
  let table: RouteTable = EMPTY_ROUTE_TABLE;
  ctx.consume(routesPoint, (contributions) => {
    const built = buildRouteTable(contributions);
    table = built.table;
    const [first] = built.problems;
    for (const problem of built.problems) ctx.logger.error({ code: problem.code }, problem.message);
    if (first !== undefined) throw first;
  });
  return () => table;
}

/** Follows who follows requests. */
function consumeObservers(ctx: PluginContext<ServerConfig>): () => readonly RequestObserver[] {
  let observers: readonly RequestObserver[] = [];
  ctx.consume(requestObserversPoint, (all) => {
    observers = all.map(({ value }) => value);
  });
  return () => observers;
}

/** In production a token that could be guessed is none. @throws `startup_token_weak` */
function refuseWeakToken({ startupToken, environment }: ServerConfig): void {
  const reason = startupToken === undefined ? undefined : secretWeakness(startupToken);
  if (reason === undefined || environment !== 'production') return;
  throw createError('startup_token_weak', { reason });
}

function requireAuthentication(config: ServerConfig, loaded: boolean): void {
  if (!loaded && !isLoopbackHost(config.host)) {
    throw createError('remote_bind_refused', { host: config.host });
  }
}

import {
  authenticatorService,
  broadcastService,
  dataEngineService,
  definePlugin,
  httpServerService,
  installationObjectsPoint,
  jobsService,
  mailService,
  metadataFilesPoint,
  optional,
  principalDirectoryService,
  roleMembersPoint,
  routesPoint,
  signInStatusService,
  type PluginContext,
} from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import path from 'node:path';
import { createBetterAuth } from './better-auth/create.js';
import { colleagueSets, CREDENTIAL_OBJECTS, signInMetadata } from './metadata.js';
import { createMails } from './better-auth/mails.js';
import { authConfigSchema, type AuthConfig } from './config.js';
import { createAttempts } from './http/attempts.js';
import { createFailureStore, failureTable } from './http/failure-store.js';
import { createGuard } from './http/guard.js';
import { contributeRoutes } from './http/routes.js';
import { createTeller } from './http/tell.js';
import { chooseMail } from './mail/choose.js';
import { createAuthenticator } from './principal/authenticator.js';
import { createPrincipalDirectory, createRoleMembers } from './principal/directory.js';
import { createRefresh } from './principal/refresh.js';
import { createDirectories } from './ldap/directories.js';
import { scheduleDirectorySync } from './ldap/sync.js';
import { samlProviders } from './saml/providers.js';
import { samlRoutes } from './saml/routes.js';
import { createTickets } from './saml/tickets.js';
import { createFirstAdministrator } from './setup/first-administrator.js';
import { setupRoutes } from './setup/routes.js';
import { once } from './once.js';
import { resolveSecret } from './secret.js';
import { scheduleSweep } from './sweep.js';

/** How long a provider that could not be reached stays away. */
const PROVIDER_RETRY_MS = 30_000;

/** What nodes tell each other: a record changed that a principal may depend on. */
const CHANGED = 'auth.changed';

/** Objects whose change may end or narrow what a principal may do. */
const WATCHED: ReadonlySet<string> = new Set([
  'session',
  'user',
  'member',
  'organization',
  'api_key',
]);

/**
 * Sign-in: users, sessions and organizations as records of the data engine, on better-auth. Provides
 * the authenticator that the server asks for every request, and the endpoints below `/api/auth`.
 *
 * @example createKernel({ plugins: [objectqlPlugin(…), authPlugin, serverPlugin], config: { '@objectos/auth': { secret } } })
 */
export const authPlugin = definePlugin({
  manifest: {
    id: '@objectos/auth',
    version: '0.1.0',
    name: 'Sign-in',
    description: 'Users, sessions, organizations and API keys.',
    critical: true,
  },
  config: authConfigSchema,
  deps: { engine: dataEngineService, database: databaseService, jobs: optional(jobsService) },
  provides: [authenticatorService, signInStatusService, principalDirectoryService],
  async setup(ctx, { engine, database, jobs }) {
    const { config, logger } = ctx;
    const secret = await resolveSecret(config);
    const outbox =
      config.dataFolder === undefined ? undefined : path.join(config.dataFolder, 'outbox');
    const mails = createMails(() => ctx.service(mailService) ?? chooseMail(outbox), logger);
    const authenticator = createAuthenticator({
      engine,
      secret,
      logger,
      origin: () => ctx.service(httpServerService)?.origin ?? '',
      trustedOrigins: config.trustedOrigins,
      refresh: createRefresh(engine, config.session, logger),
    });
    const forget = (id: string) => authenticator.forget(id);
    forgetOnChange(ctx, forget);
    for (const files of [signInMetadata, ...colleagueSets(config)])
      ctx.contribute(metadataFilesPoint, files);
    ctx.contribute(installationObjectsPoint, CREDENTIAL_OBJECTS);
    const directories = createDirectories(config.providers, logger);
    const parts = { engine, config, secret, mails, logger, directories };
    const betterAuth = once((origin: string) => createBetterAuth({ ...parts, origin }), {
      isComplete: (auth) => auth.isComplete,
      retryMs: PROVIDER_RETRY_MS,
    });
    const first = createFirstAdministrator(engine, config);
    const attempts = createAttempts(createFailureStore(database));
    const guard = createGuard(config.lockout, attempts, logger);
    for (const route of setupRoutes({ first, guard, betterAuth }))
      ctx.contribute(routesPoint, route);
    const tell = createTeller(ctx);
    const saml = { providers: samlProviders(config.providers), tickets: createTickets(engine) };
    for (const route of samlRoutes({ ...saml, guard, logger, tell }))
      ctx.contribute(routesPoint, route);
    contributeRoutes(ctx, {
      engine,
      config,
      betterAuth,
      guard,
      tell,
    });
    ctx.provide(authenticatorService, authenticator);
    ctx.provide(principalDirectoryService, createPrincipalDirectory(engine));
    ctx.contribute(roleMembersPoint, createRoleMembers(engine));
    ctx.provide(signInStatusService, {
      setupPath: () => first.path(),
      outboxFolder: () => {
        const mail = ctx.service(mailService);
        return mail === undefined ? outbox : mail.outboxFolder?.();
      },
    });
    return {
      async start() {
        hearOtherNodes(ctx, forget);
        await database.ensureTables([failureTable]);
        await first.open();
        await scheduleSweep(ctx, engine, jobs, attempts);
        if (directories.size > 0) await scheduleDirectorySync({ engine, directories, ctx }, jobs);
      },
      stop: () => mails.drain(),
    };
  },
});

/** Messages between nodes may be lost, and then what is kept is old in less than a second anyway. */
function hearOtherNodes(ctx: PluginContext<AuthConfig>, forget: (id: string) => void): void {
  const heard = ctx.service(broadcastService)?.subscribe(CHANGED, forget);
  if (heard !== undefined) ctx.onDispose(heard);
}

function forgetOnChange(ctx: PluginContext<AuthConfig>, forget: (id: string) => void): void {
  const changed = ({ object, id }: { readonly object: string; readonly id: string }): void => {
    if (!WATCHED.has(object)) return;
    forget(id);
    ctx.service(broadcastService)?.publish(CHANGED, id);
  };
  ctx.on('data.record.updated', changed);
  ctx.on('data.record.deleted', changed);
}

import {
  accessPolicyService,
  broadcastService,
  dataEngineService,
  definePlugin,
  metadataFilesPoint,
  roleMembersPoint,
  routesPoint,
  type PluginContext,
} from '@objectos/spec/contracts';
import {
  databaseService,
  metadataChecksPoint,
  metadataSnapshotService,
} from '@objectql/core/plugin';
import { z } from 'zod';
import { createAccessPolicy } from './access-policy.js';
import type { AdminScope } from './admin/context.js';
import { PERMISSION_OBJECTS, installGuards } from './admin/guards.js';
import { refreshPaths } from './admin/roles.js';
import { followAllSignInRoles } from './admin/sign-in-roles.js';
import { permissionsCheck } from './check/metadata-check.js';
import { createDecisionLog } from './decisions/log.js';
import { createExplainService } from './explain/service.js';
import { createRoleMembers } from './grants/role-members.js';
import { createReader } from './grants/reader.js';
import { createPolicyStore, type PolicyStore } from './policy-store.js';
import { permissionRoutes } from './routes.js';
import { createRevision } from './revision.js';

/** Configuration of the permissions plugin. */
export const permissionsConfigSchema = z.strictObject({
  /** Principals whose compiled permissions are kept in memory. */
  maxPrincipals: z.int().min(10).max(1_000_000).default(10_000),
  /** Refusals that are kept for explanation, on each node. */
  maxDecisions: z.int().min(10).max(1_000_000).default(10_000),
  /** How often a node looks for changes that other nodes made, in milliseconds. */
  pollMs: z.int().min(50).max(900).default(300),
});

const ID = '@objectos/permissions';

/**
 * Who may do what: permission sets, roles, sharing and row-level policies, compiled into the query
 * plan of the engine. Without this plugin nobody but the system has access to anything.
 */
export const permissionsPlugin = definePlugin({
  manifest: {
    id: ID,
    version: '0.1.0',
    name: 'Permissions',
    description: 'Permission sets, roles, sharing and row-level policies.',
    critical: true,
  },
  config: permissionsConfigSchema,
  deps: { engine: dataEngineService, database: databaseService, metadata: metadataSnapshotService },
  provides: [accessPolicyService],
  setup(ctx, { engine, database, metadata }) {
    const snapshot = () => metadata.current();
    const reader = createReader(engine);
    const store = createPolicyStore({
      snapshot,
      reader,
      maxPrincipals: ctx.config.maxPrincipals,
      onFault: (message) => ctx.logger.warn({}, `permissions: ${message}; it opens nothing`),
      transaction: () => ctx.currentContext()?.transaction,
    });
    const log = createDecisionLog(ctx.config.maxDecisions);
    const revision = createRevision(database, () => store.invalidate());
    const scope: AdminScope = { engine, store, reader, revision, snapshot };

    ctx.contribute(metadataChecksPoint, permissionsCheck);
    for (const type of ['object', 'permission_set', 'role'] as const) {
      ctx.contribute(metadataFilesPoint, { baseDir: FOLDER, globs: [`${type}s/*.yml`], type });
    }
    ctx.provide(accessPolicyService, createAccessPolicy(store, log));
    ctx.contribute(roleMembersPoint, createRoleMembers(engine));
    const explain = createExplainService(store, reader);
    for (const route of permissionRoutes({ store, log, explain }))
      ctx.contribute(routesPoint, route);
    ctx.onDispose(installGuards(scope, ID));
    followChanges(ctx, store);
    return {
      async start() {
        await revision.ensure();
        await followRoles(ctx, scope);
        hearOtherNodes(ctx, store);
        ctx.setInterval(() => revision.poll(), ctx.config.pollMs);
      },
    };
  },
});

/** What nodes tell each other: the id of a user, or that everything is old. */
const CHANGED = 'permissions.changed';
const EVERYTHING = '*';

/** A message may be lost; the look at the revision finds every change all the same. */
function hearOtherNodes(ctx: PluginContext, store: PolicyStore): void {
  const heard = ctx.service(broadcastService)?.subscribe(CHANGED, (what) => {
    if (what === EVERYTHING) store.invalidate();
    else store.forget(what);
  });
  if (heard !== undefined) ctx.onDispose(heard);
}

/** This node forgets what changed in the moment of the commit; the others when they hear or look. */
function followChanges(ctx: PluginContext, store: PolicyStore): void {
  const watched = new Set(PERMISSION_OBJECTS);
  const tell = (what: string) => ctx.service(broadcastService)?.publish(CHANGED, what);
  const changed = ({ object, id }: { readonly object: string; readonly id: string }) => {
    if (watched.has(object)) {
      store.invalidate();
      tell(EVERYTHING);
    } else if (object === 'user') {
      store.forget(id);
      tell(id);
    }
  };
  ctx.on('data.record.created', changed);
  ctx.on('data.record.updated', changed);
  ctx.on('data.record.deleted', changed);
  ctx.on('metadata.changed', () => store.invalidate());
}

/** Keeps the paths of role assignments in step with the hierarchy of files and records. */
async function followRoles(ctx: PluginContext, scope: AdminScope): Promise<void> {
  const refresh = async () => {
    const roles = scope.snapshot().items.get('role') ?? new Map<string, never>();
    const state = JSON.stringify(
      [...roles.values()].map(({ name, value }) => [name, value]).sort(),
    );
    if ((await ctx.storage.get('roles')) === state) return;
    await refreshPaths(scope);
    await followAllSignInRoles(scope);
    await ctx.storage.set('roles', state);
  };
  await refresh();
  ctx.on('metadata.changed', refresh);
  const moved = async ({ object }: { readonly object: string }) => {
    if (object === 'role') await refreshPaths(scope);
  };
  ctx.on('data.record.created', moved);
  ctx.on('data.record.updated', moved);
  ctx.on('data.record.deleted', moved);
}

/** The package's own metadata: the objects that permissions are kept in, and the administrator. */
const FOLDER = decodeURIComponent(new URL('../metadata', import.meta.url).pathname).replace(
  /^\/([A-Za-z]:)/,
  '$1',
);

import type { PluginContext, Route } from '@objectos/spec/contracts';
import type { MigrationRecord } from '../migrate/index.js';
import { requirePlatform, type PlatformRight } from '../tenants/platform.js';
import type { Migrations } from './services.js';

/** Whoever sees how the installation is sees how far its migrations are. */
const VIEW: PlatformRight = {
  what: 'migrations',
  operation: 'read',
  permission: 'view_health',
  ofOrganization: 'migrations belong to the platform, not to one organization',
};

/** `GET /api/migrations`: those that run, in this process or another one, and the last ones. */
export function migrationRoutes(
  ctx: Pick<PluginContext, 'service'>,
  { overview }: Pick<Migrations, 'overview'>,
): Route[] {
  return ['/api/migrations', '/api/v1/migrations'].map((path) => ({
    method: 'GET',
    path,
    access: 'authenticated',
    async handler(_request, context) {
      await requirePlatform(ctx, context, VIEW);
      const { running, history } = await overview();
      return Response.json(
        { success: true, data: { running, history: history.map(shown) } },
        { headers: { 'cache-control': 'no-store' } },
      );
    },
  }));
}

function shown({ id, kind, state, node, failure, done, ...times }: MigrationRecord) {
  return {
    ...{ id, kind, state, node, failure },
    startedAt: times.started_at,
    finishedAt: times.finished_at,
    steps: done.map(({ description }) => description),
  };
}

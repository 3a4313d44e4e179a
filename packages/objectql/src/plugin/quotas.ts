import {
  auditService,
  quotaService,
  routesPoint,
  storedBytesPoint,
  type PluginContext,
  type QuotaLimits,
  type StoredBytes,
} from '@objectos/spec/contracts';
import type { Driver } from '../driver/contract.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { quotaRoutes } from '../tenants/quota-routes.js';
import { createQuotas, type Quotas } from '../tenants/quotas.js';

/** How often limits are looked for that other processes set. */
const REFRESH_MS = 5_000;

/** Quotas as part of the plugin: the service, its routes, and what other plugins store. */
export function provideQuotas(
  ctx: PluginContext,
  options: {
    readonly driver: Driver;
    readonly snapshot: () => MetadataSnapshot;
    readonly defaults: QuotaLimits | undefined;
  },
): Quotas & { start(): Promise<void> } {
  let stored: readonly StoredBytes[] = [];
  const { logger } = ctx;
  const quotas = createQuotas({ ...options, storedBytes: () => stored, logger });
  const told: Quotas = {
    ...quotas,
    async setLimit(organization, quota, limit, given) {
      await quotas.setLimit(organization, quota, limit, given);
      const detail = { organization, quota, limit };
      await ctx.service(auditService)?.record({ kind: 'quota.changed', detail }, given);
    },
  };
  ctx.consume(storedBytesPoint, (all) => {
    stored = all.map(({ value }) => value);
  });
  ctx.provide(quotaService, told);
  for (const route of quotaRoutes(ctx, told)) ctx.contribute(routesPoint, route);
  return {
    ...told,
    async start() {
      await quotas.refresh();
      ctx.setInterval(() => quotas.refresh(), REFRESH_MS);
    },
  };
}

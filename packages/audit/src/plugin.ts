import {
  auditService,
  dataEngineService,
  definePlugin,
  operationObserversPoint,
  routesPoint,
  type EventMap,
  type PluginContext,
} from '@objectos/spec/contracts';
import { databaseService, metadataSnapshotService } from '@objectql/core/plugin';
import { createAuditService, type OwnedAuditService } from './audit-service.js';
import { auditConfigSchema, type AuditConfig } from './config.js';
import type { Fact } from './entry.js';
import { resolveKeys } from './keys.js';
import { auditRoutes } from './routes.js';

const HOUR = 3_600_000;

/**
 * The audit log as a plugin: changes of records from the change log, sign-ins and their failures,
 * refused accesses, exports, and what other plugins tell through the service.
 */
export const auditPlugin = definePlugin({
  manifest: { id: '@objectos/audit', version: '0.1.0', critical: true },
  config: auditConfigSchema,
  deps: { database: databaseService, engine: dataEngineService, metadata: metadataSnapshotService },
  provides: [auditService],
  async setup(ctx, { database, engine, metadata }) {
    const { config, logger } = ctx;
    const snapshot = () => metadata.current();
    const keys = await resolveKeys(config);
    const audit = createAuditService({ database, engine, snapshot, config, keys, logger });
    ctx.provide(auditService, audit);
    for (const route of auditRoutes(ctx, audit)) ctx.contribute(routesPoint, route);
    const pending = new Set<Promise<void>>();
    const keep = (work: Promise<unknown>): void => {
      const done = work.then(
        () => undefined,
        (error: unknown) => logger.error({ error }, 'an audit entry could not be written'),
      );
      pending.add(done);
      void done.finally(() => pending.delete(done));
    };
    followSignIns(ctx, audit, keep);
    followRefusals(ctx, audit, keep);
    return {
      async start() {
        await audit.prepare();
        await audit.settled();
        followRecords(ctx, audit, keep);
      },
      async stop() {
        await Promise.all(pending);
        await audit.settled();
      },
    };
  },
});

type Keep = (work: Promise<unknown>) => void;

/** Changes are copied soon after their commit; a poll finds what other nodes wrote. */
function followRecords(
  ctx: PluginContext<AuditConfig>,
  audit: OwnedAuditService,
  keep: Keep,
): void {
  let due = false;
  const soon = (): void => {
    if (due) return;
    due = true;
    ctx.setTimeout(() => {
      due = false;
      keep(audit.settled());
    }, 20);
  };
  for (const event of ['created', 'updated', 'deleted', 'restored'] as const) {
    ctx.on(`data.record.${event}`, soon);
  }
  ctx.setInterval(() => keep(audit.settled()), ctx.config.pollInterval);
  ctx.setInterval(() => keep(audit.expire()), HOUR);
}

function followSignIns(ctx: PluginContext, audit: OwnedAuditService, keep: Keep): void {
  ctx.on('auth.event', (event) => keep(audit.add(signInFact(event))));
}

function signInFact(event: EventMap['auth.event']): Fact {
  const { kind, endpoint, userId, account, code, ip, userAgent } = event;
  return {
    ...EMPTY,
    at: event.at,
    kind: `auth.${kind}`,
    actor: userId ?? 'anonymous',
    impersonatedBy: event.impersonatedBy,
    detail: { endpoint, account, code },
    origin: {
      surface: 'http',
      ...(ip === null ? {} : { ip }),
      ...(userAgent === null ? {} : { userAgent }),
    },
    requestId: event.requestId,
  };
}

/** Accesses that were refused, and records taken out in bulk. */
function followRefusals(ctx: PluginContext, audit: OwnedAuditService, keep: Keep): void {
  ctx.contribute(operationObserversPoint, {
    started: ({ object, operation, id, ctx: given }) => ({
      finished({ code }) {
        const isDenied = code === 'permission_denied' || code === 'record_not_accessible';
        if (!isDenied && operation !== 'export') return;
        const { principal, origin, requestId } = given;
        keep(
          audit.add({
            ...EMPTY,
            tenantId: principal.tenantId,
            at: new Date().toISOString(),
            kind: isDenied ? 'access.denied' : 'record_set.export',
            actor: principal.kind === 'system' ? `system:${principal.id}` : principal.id,
            impersonatedBy: principal.kind === 'user' ? (principal.impersonatedBy ?? null) : null,
            object,
            recordId: id ?? null,
            detail: { operation, code: code ?? null },
            origin: origin ?? null,
            requestId,
          }),
        );
      },
    }),
  });
}

const EMPTY = {
  tenantId: null,
  object: null,
  recordId: null,
  revision: null,
  changed: [],
  before: null,
  after: null,
  changeSeq: null,
} as const;

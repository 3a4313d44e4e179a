import {
  definePlugin,
  failureSourcesPoint,
  jobsService,
  mailService,
  notificationService,
  optional,
  outboundService,
  routesPoint,
  type PluginContext,
  type Route,
} from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { callbackTable } from './callbacks/apply.js';
import { callbackReaders } from './callbacks/readers.js';
import { notificationConfigSchema, type NotificationConfig } from './config.js';
import { createDetached } from './detached.js';
import { failureSources } from './failures.js';
import { createMailService, handleMail } from './mail/mail-service.js';
import { createNotificationService, handleJobs } from './notification-service.js';
import { preferenceTable, profileTable } from './preferences/tables.js';
import { openVapidKeys, type VapidKeys } from './push/keys.js';
import { subscriptionTable } from './push/store.js';
import { removeOld } from './retention.js';
import { callbackRoutes } from './routes/callbacks.js';
import { endpointRoutes } from './routes/endpoints.js';
import { inboxRoutes } from './routes/inbox.js';
import { managerRoutes } from './routes/manage.js';
import { preferenceRoutes } from './routes/preferences.js';
import { pushRoutes } from './routes/push.js';
import { suppressionRoutes } from './routes/suppressions.js';
import { unsubscribeRoutes } from './routes/unsubscribe.js';
import { openSealer } from './secret.js';
import type { Sealer } from './sealer.js';
import { assemble, requireOutbound, type Assembled, type Materials } from './setup.js';
import { suppressionTable } from './suppression/store.js';
import { deliveryTable, inboxTable, notificationTable } from './tables.js';
import { endpointTable } from './webhook/endpoints.js';

const HOUR = 3_600_000;
const TABLES = [
  notificationTable,
  deliveryTable,
  inboxTable,
  preferenceTable,
  profileTable,
  suppressionTable,
  subscriptionTable,
  endpointTable,
  callbackTable,
];

/**
 * Notifications as a plugin: what is emitted reaches people by the channels they chose, durably by
 * jobs on the application's database. Provides the mail of other plugins too, if it has a way for it.
 */
export const notificationPlugin = definePlugin({
  manifest: { id: '@objectos/notification', version: '0.1.0' },
  config: notificationConfigSchema,
  deps: {
    jobs: jobsService,
    database: optional(databaseService),
    outbound: optional(outboundService),
  },
  provides: [notificationService],
  async setup(ctx, { jobs, database, outbound }) {
    const sealer = later<Sealer>();
    const keys = later<VapidKeys>();
    const stands = database === undefined ? createDetached(jobs, ctx.logger) : { database, jobs };
    if (database === undefined) {
      ctx.logger.warn({}, 'there is no database: notifications end with the process');
    }
    const materials: Materials = { ...stands, outbound, sealer: sealer.get, keys: keys.get };
    const { parts, courier } = await assemble(ctx, materials);
    const service = createNotificationService(parts);
    ctx.provide(notificationService, service);
    provideMail(ctx, materials, courier);
    const routes: Route[] = [
      ...inboxRoutes(service),
      ...preferenceRoutes(ctx, parts),
      ...pushRoutes(parts, keys.get),
      ...managerRoutes(ctx, service),
      ...suppressionRoutes(ctx, parts),
      ...endpointRoutes(ctx, parts, { outbound: requireOutbound(materials), sealer: sealer.get }),
      ...unsubscribeRoutes(parts, sealer.get),
      ...callbackRoutes(parts, callbackReaders(ctx.config)),
    ];
    for (const route of routes) ctx.contribute(routesPoint, route);
    for (const source of failureSources(parts)) ctx.contribute(failureSourcesPoint, source);
    for (const dispose of handleJobs(parts)) ctx.onDispose(dispose);
    return {
      async start() {
        sealer.set(await openSealer(ctx));
        keys.set(await openVapidKeys(ctx));
        await stands.database.ensureTables(TABLES);
        let isStopped = false;
        ctx.onDispose(() => void (isStopped = true));
        ctx.setInterval(async () => {
          await removeOld(parts, () => isStopped);
        }, HOUR);
      },
    };
  },
});

/** Mail of other plugins goes the same way, where there is one. */
function provideMail(
  ctx: PluginContext<NotificationConfig>,
  { jobs, sealer }: Materials,
  courier: Assembled['courier'],
): void {
  if (courier === undefined) return;
  const { smtp, outboxFolder } = ctx.config;
  const mail = { jobs, seal: sealer };
  ctx.provide(mailService, createMailService(mail, smtp.length === 0 ? outboxFolder : undefined));
  ctx.onDispose(handleMail(mail, courier));
  ctx.onDispose(() => courier.close());
}

/** A value that the start brings. */
function later<T>(): { readonly get: () => T; readonly set: (value: T) => void } {
  let held: { readonly value: T } | undefined;
  return {
    get() {
      if (held === undefined) throw new Error('the notification plugin is not started');
      return held.value;
    },
    set(value) {
      held = { value };
    },
  };
}

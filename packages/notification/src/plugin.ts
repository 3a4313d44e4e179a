import {
  definePlugin,
  jobsService,
  mailService,
  notificationService,
  optional,
  routesPoint,
} from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { notificationConfigSchema, type NotificationConfig } from './config.js';
import { createDetached } from './detached.js';
import { createMailService, handleMail } from './mail/mail-service.js';
import { createNotificationService, handleJobs } from './notification-service.js';
import { preferenceTable, profileTable } from './preferences/tables.js';
import { removeOld } from './retention.js';
import { inboxRoutes } from './routes/inbox.js';
import { managerRoutes } from './routes/manage.js';
import { openSealer } from './secret.js';
import type { Sealer } from './sealer.js';
import { assemble } from './setup.js';
import { suppressionTable } from './suppression/store.js';
import { deliveryTable, inboxTable, notificationTable } from './tables.js';

const HOUR = 3_600_000;
const TABLES = [
  notificationTable,
  deliveryTable,
  inboxTable,
  preferenceTable,
  profileTable,
  suppressionTable,
];

/** The folder for mail, where no server takes it. */
function outboxOf({ smtp, outboxFolder }: NotificationConfig): string | undefined {
  return smtp.length === 0 ? outboxFolder : undefined;
}

/**
 * Notifications as a plugin: what is emitted reaches people by the channels they chose, durably by
 * jobs on the application's database. Provides the mail of other plugins too, if it has a way for it.
 */
export const notificationPlugin = definePlugin({
  manifest: { id: '@objectos/notification', version: '0.1.0' },
  config: notificationConfigSchema,
  deps: { jobs: jobsService, database: optional(databaseService) },
  provides: [notificationService],
  setup(ctx, deps) {
    const { logger, config } = ctx;
    const stands =
      deps.database === undefined
        ? createDetached(deps.jobs, logger)
        : { database: deps.database, jobs: deps.jobs };
    if (deps.database === undefined) {
      logger.warn(
        {},
        'there is no database: notifications are kept in memory and end with the process',
      );
    }
    const { parts, courier } = assemble(ctx, stands);
    let sealer: Sealer | undefined;
    const seal = (): Sealer => {
      if (sealer === undefined) throw new Error('the notification plugin is not started');
      return sealer;
    };
    const service = createNotificationService(parts);
    ctx.provide(notificationService, service);
    if (courier !== undefined) {
      const mail = { jobs: stands.jobs, seal };
      ctx.provide(mailService, createMailService(mail, outboxOf(config)));
      ctx.onDispose(handleMail(mail, courier));
      ctx.onDispose(() => courier.close());
    }
    for (const route of [...inboxRoutes(service), ...managerRoutes(ctx, service)]) {
      ctx.contribute(routesPoint, route);
    }
    for (const dispose of handleJobs(parts)) ctx.onDispose(dispose);
    return {
      async start() {
        sealer = await openSealer(ctx);
        await stands.database.ensureTables(TABLES);
        ctx.setInterval(async () => {
          await removeOld(parts);
        }, HOUR);
      },
    };
  },
});

import {
  dataEngineService,
  httpServerService,
  notificationTopicsPoint,
  principalDirectoryService,
  roleMembersPoint,
  systemContext,
  type JobsService,
  type NotificationChannel,
  type PluginContext,
  type RoleMembers,
} from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { createDirectory } from './audience/directory.js';
import type { Sender } from './channels/channel.js';
import { createEmailSender } from './channels/email.js';
import type { NotificationConfig } from './config.js';
import { createCourier, type Courier } from './mail/courier.js';
import { createSmtpTransport } from './mail/smtp.js';
import { createOutboxTransport, type MailTransport } from './mail/transport.js';
import type { Parts } from './parts.js';
import { createTopics, type Topics } from './topics.js';

/** The parts of a running plugin, with its way for mail if there is one. */
export interface Assembled {
  readonly parts: Parts;
  readonly courier: Courier | undefined;
}

/** Puts the parts together, as the configuration says. @throws `template_invalid` */
export function assemble(
  ctx: PluginContext<NotificationConfig>,
  { database, jobs }: { readonly database: Database; readonly jobs: JobsService },
): Assembled {
  const { config, logger } = ctx;
  const courier = courierOf(config);
  const senders: Partial<Record<NotificationChannel, Sender>> = {};
  if (courier !== undefined) senders.email = createEmailSender(courier, { of: () => undefined });
  const parts: Parts = {
    database,
    jobs,
    config,
    logger,
    now: Date.now,
    topics: followTopics(ctx),
    directory: createDirectory({
      engine: () => ctx.service(dataEngineService),
      principals: () => ctx.service(principalDirectoryService),
      roleMembers: followRoles(ctx),
      phoneField: config.phoneField,
    }),
    senders,
    subscriptions: async () => new Map(),
    endpoints: async () => [],
    origin: () => config.origin ?? ctx.service(httpServerService)?.origin,
    ctx: systemContext('notification'),
  };
  return { parts, courier };
}

function courierOf(config: NotificationConfig): Courier | undefined {
  const transports: MailTransport[] = config.smtp.map((url) =>
    createSmtpTransport(url, config.from),
  );
  if (transports.length === 0 && config.outboxFolder !== undefined) {
    transports.push(createOutboxTransport(config.outboxFolder, config.from));
  }
  return transports.length === 0 ? undefined : createCourier(transports);
}

/** Topics of plugins come and go. One that is not valid is left out, and the log says why. */
function followTopics(ctx: PluginContext<NotificationConfig>): Topics {
  const topics = createTopics(ctx.config.topics);
  ctx.consume(notificationTopicsPoint, (all) => {
    topics.contributed(
      all.map(({ value }) => value),
      (error, topic) => ctx.logger.error({ error, topic }, 'a notification topic is not valid'),
    );
  });
  return topics;
}

function followRoles(ctx: PluginContext): () => readonly RoleMembers[] {
  let members: readonly RoleMembers[] = [];
  ctx.consume(roleMembersPoint, (all) => {
    members = all.map(({ value }) => value);
  });
  return () => members;
}

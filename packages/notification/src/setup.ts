import {
  dataEngineService,
  httpServerService,
  notificationTopicsPoint,
  principalDirectoryService,
  roleMembersPoint,
  smsProvidersPoint,
  systemContext,
  type ContributionPoint,
  type JobsService,
  type NotificationChannel,
  type OutboundService,
  type PluginContext,
  type SmsProvider,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import { createDirectory } from './audience/directory.js';
import type { Sender } from './channels/channel.js';
import { createEmailSender } from './channels/email.js';
import { createPushSender } from './channels/push.js';
import { createSmsSender } from './channels/sms.js';
import { createWebhookSender } from './channels/webhook.js';
import type { NotificationConfig } from './config.js';
import { createCourier, type Courier } from './mail/courier.js';
import { createSmtpTransport } from './mail/smtp.js';
import { createOutboxTransport, type MailTransport } from './mail/transport.js';
import type { Parts } from './parts.js';
import type { VapidKeys } from './push/keys.js';
import { subscriptionIds } from './push/store.js';
import type { Sealer } from './sealer.js';
import { CALLBACK_PATH } from './routes/callbacks.js';
import { createTwilio } from './sms/twilio.js';
import { createVonage } from './sms/vonage.js';
import { createTopics, type Topics } from './topics.js';
import { createLinks } from './unsubscribe/links.js';
import { deliveriesToEndpoints } from './webhook/endpoints.js';
import { endpointDisabledTopic } from './webhook/health.js';

/** What the parts are put together from. */
export interface Materials {
  readonly database: Database;
  readonly jobs: JobsService;
  readonly outbound: OutboundService | undefined;
  readonly sealer: () => Sealer;
  readonly keys: () => VapidKeys;
}

/** The parts of a running plugin, with its way for mail if there is one. */
export interface Assembled {
  readonly parts: Parts;
  readonly courier: Courier | undefined;
}

/** Puts the parts together, as the configuration says. @throws `template_invalid` */
export async function assemble(
  ctx: PluginContext<NotificationConfig>,
  materials: Materials,
): Promise<Assembled> {
  const { config, logger } = ctx;
  const { database, jobs } = materials;
  const courier = courierOf(config);
  const now = Date.now;
  const senders: Partial<Record<NotificationChannel, Sender>> = {};
  const parts: Parts = {
    database,
    jobs,
    config,
    logger,
    now,
    topics: await followTopics(ctx),
    directory: createDirectory({
      engine: () => ctx.service(dataEngineService),
      principals: () => ctx.service(principalDirectoryService),
      roleMembers: follow(ctx, roleMembersPoint),
      phoneField: config.phoneField,
    }),
    senders,
    subscriptions: (ids) => subscriptionIds(database.reader, ids),
    endpoints: async (notification) =>
      senders.webhook === undefined ? [] : deliveriesToEndpoints({ database, now }, notification),
    origin: () => config.origin ?? ctx.service(httpServerService)?.origin,
    ctx: systemContext('notification'),
  };
  if (courier !== undefined) {
    senders.email = createEmailSender(courier, createLinks(parts, materials.sealer));
  }
  if (materials.outbound === undefined) {
    logger.warn({}, 'there is no outbound plugin: no text messages, push messages and webhooks');
  } else Object.assign(senders, outboundSenders(ctx, parts, materials));
  return { parts, courier };
}

/** The channels that call other servers, which only the outbound service does. */
function outboundSenders(
  ctx: PluginContext<NotificationConfig>,
  parts: Parts,
  materials: Materials,
): Partial<Record<NotificationChannel, Sender>> {
  const { database, now, config } = parts;
  const { sealer, keys } = materials;
  const outbound = requireOutbound(materials);
  const requests = { outbound, callback: (provider: string) => callbackAddress(parts, provider) };
  const configured = config.sms.map((one): SmsProvider =>
    one.type === 'twilio' ? createTwilio(one, requests) : createVonage(one, requests),
  );
  const contributed = follow(ctx, smsProvidersPoint);
  const { timeout } = config.webhook;
  return {
    sms: createSmsSender(() => [...configured, ...contributed()]),
    push: createPushSender({ database, outbound, keys, now }),
    webhook: createWebhookSender({ database, outbound, sealer, now, timeout }, () => parts),
  };
}

/** Providers refuse messages with an address that they could never call. */
function callbackAddress({ origin }: Parts, provider: string): string | undefined {
  const own = origin();
  return own?.startsWith('https:') === true
    ? new URL(`${CALLBACK_PATH}/${provider}`, own).href
    : undefined;
}

/** The outbound service. @throws `notification_channel_missing` without it */
export function requireOutbound({ outbound }: Materials): () => OutboundService {
  return () => {
    if (outbound !== undefined) return outbound;
    throw createError('notification_channel_missing', {
      channel: 'webhook',
      reason: 'the outbound plugin is not loaded',
    });
  };
}

function courierOf({ smtp, outboxFolder, from }: NotificationConfig): Courier | undefined {
  const transports: MailTransport[] = smtp.map((url) => createSmtpTransport(url, from));
  if (transports.length === 0 && outboxFolder !== undefined) {
    transports.push(createOutboxTransport(outboxFolder, from));
  }
  return transports.length === 0 ? undefined : createCourier(transports);
}

/** Topics of plugins come and go. One that is not valid is left out, and the log says why. */
async function followTopics(ctx: PluginContext<NotificationConfig>): Promise<Topics> {
  const topics = await createTopics(endpointDisabledTopic, ctx.config.topics);
  ctx.consume(notificationTopicsPoint, async (all) => {
    await topics.contributed(
      all.map(({ value }) => value),
      (error, topic) => ctx.logger.error({ error, topic }, 'a notification topic is not valid'),
    );
  });
  return topics;
}

/** What is contributed at a point now. */
function follow<T>(ctx: PluginContext, point: ContributionPoint<T>): () => readonly T[] {
  let values: readonly T[] = [];
  ctx.consume(point, (all) => {
    values = all.map(({ value }) => value);
  });
  return () => values;
}

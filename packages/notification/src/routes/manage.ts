import {
  DELIVERY_STATES,
  isInReach,
  NOTIFICATION_CHANNELS,
  type NotificationService,
  type PluginContext,
  readBody,
  readQuery,
  type Route,
  tenantReach,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { topicSchema } from '../config.js';
import { requireManager, routesAt, type Answer, type Asked } from './support.js';

const filterSchema = z.strictObject({
  notificationId: z.string().max(64).optional(),
  userId: z.string().max(64).optional(),
  topic: z.string().max(100).optional(),
  channel: z.enum(NOTIFICATION_CHANNELS).optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  before: z.string().max(64).optional(),
});
const retrySchema = z.strictObject({ payload: z.record(z.string(), z.unknown()).optional() });
const previewSchema = z.strictObject({
  topic: z.union([z.string().max(100), topicSchema]),
  payload: z.record(z.string(), z.unknown()).optional(),
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, 'a language such as "de" or "pt-BR"')
    .optional(),
});

/** What those with `manage_notifications` see and do. */
export function managerRoutes(ctx: PluginContext, service: NotificationService): Route[] {
  const managed =
    (answer: Answer): Answer =>
    async (asked: Asked) => {
      await requireManager(ctx, asked);
      return answer(asked);
    };
  return [
    ...routesAt(
      'GET',
      '/topics',
      managed(async () => ({ topics: service.topics() })),
    ),
    ...routesAt(
      'POST',
      '/preview',
      managed(async (asked) => service.preview(await readBody(asked.request, previewSchema))),
    ),
    ...routesAt(
      'GET',
      '/deliveries',
      managed(async (asked) => {
        const filter = {
          ...readQuery(asked.request, filterSchema),
          ...tenantReach(asked.context.principal),
        };
        return { deliveries: await service.deliveries(filter) };
      }),
    ),
    ...routesAt(
      'POST',
      '/deliveries/:id/retry',
      managed(async (asked) => {
        await requireOwn(service, asked);
        return service.retry(asked.id, await readBody(asked.request, retrySchema));
      }),
    ),
  ];
}

/** A delivery of another tenant is one that does not exist. */
async function requireOwn(service: NotificationService, asked: Asked): Promise<void> {
  const found = await service.delivery(asked.id);
  if (found === undefined || !isInReach(asked.context.principal, found.tenantId))
    throw createError('delivery_not_found', { id: asked.id.slice(0, 64) });
}

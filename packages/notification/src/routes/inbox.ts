import {
  type InboxItem,
  type NotificationService,
  readBody,
  readQuery,
  type Route,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { flag, routesAt, userOf } from './support.js';

const filterSchema = z.strictObject({
  read: flag.optional(),
  archived: flag.optional(),
  /** What the published clients call the topic. */
  type: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(64).optional(),
});
const idsSchema = z.strictObject({ ids: z.array(z.string().max(64)).min(1).max(1_000) });

/** Everybody's own inbox, in the words of the published clients. */
export function inboxRoutes(service: NotificationService): Route[] {
  return [
    ...routesAt('GET', '', async (asked) => {
      const userId = userOf(asked);
      const { read, archived, type, limit = 50, cursor } = readQuery(asked.request, filterSchema);
      const filter = { read, archived, topic: type, limit, before: cursor };
      const { items, unread } = await service.inbox(userId, filter);
      const next = items.length === limit ? items.at(-1)?.id : undefined;
      return {
        notifications: items.map(toClient),
        unreadCount: unread,
        ...(next === undefined ? {} : { cursor: next }),
      };
    }),
    ...routesAt('POST', '/read', async (asked) => {
      const userId = userOf(asked);
      const { ids } = await readBody(asked.request, idsSchema);
      return { success: true, readCount: await service.markRead(userId, ids) };
    }),
    ...routesAt('POST', '/read/all', async (asked) => ({
      success: true,
      readCount: await service.markRead(userOf(asked), 'all'),
    })),
    ...routesAt('POST', '/archive', async (asked) => {
      const userId = userOf(asked);
      const { ids } = await readBody(asked.request, idsSchema);
      return { success: true, archivedCount: await service.archive(userId, ids) };
    }),
    ...routesAt('GET', '/:id/why', async (asked) => {
      const userId = userOf(asked);
      const all = await service.deliveries({ userId, notificationId: asked.id });
      const [first] = all;
      if (first === undefined)
        throw createError('delivery_not_found', { id: asked.id.slice(0, 64) });
      return {
        topic: first.topic,
        deliveries: all.map(({ channel, state, cause, why, createdAt }) => ({
          channel,
          state,
          cause,
          ...why,
          at: createdAt,
        })),
      };
    }),
  ];
}

/** An item in the form that the published clients read. */
function toClient({ id, title, body, url, ...item }: InboxItem) {
  const { notificationId, severity, about } = item;
  return {
    id,
    type: item.topic,
    title,
    body,
    read: item.readAt !== null,
    data: { notificationId, severity, about, archived: item.archivedAt !== null },
    ...(url === null ? {} : { actionUrl: url }),
    createdAt: item.createdAt,
  };
}

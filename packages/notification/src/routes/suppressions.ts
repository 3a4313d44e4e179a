import {
  NOTIFICATION_CHANNELS,
  type PluginContext,
  readBody,
  readQuery,
  type Route,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { iso, type Parts } from '../parts.js';
import { all, is, readRows } from '../store.js';
import {
  suppress,
  suppressionTable,
  unsuppress,
  type SuppressionRow,
} from '../suppression/store.js';
import { requireManager, routesAt, type Answer } from './support.js';

const filterSchema = z.strictObject({
  address: z.string().max(320).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(600).optional(),
});
const newSchema = z.strictObject({
  channel: z.enum(NOTIFICATION_CHANNELS),
  address: z.string().min(1).max(320),
  topic: z.string().max(100).nullable().default(null),
  reason: z.string().min(1).max(200).default('by an administrator'),
});

/** Addresses that get nothing. They are those of everybody, so only the platform looks after them. */
export function suppressionRoutes(ctx: PluginContext, parts: Parts): Route[] {
  const { database, now } = parts;
  const platform =
    (answer: Answer): Answer =>
    async (asked) => {
      await requireManager(ctx, asked);
      if (asked.context.principal.tenantId === null) return answer(asked);
      const reason = 'suppressions belong to the platform, not to one organization';
      throw createError('permission_denied', {
        object: 'notifications',
        operation: 'manage',
        reason,
      });
    };
  return [
    ...routesAt(
      'GET',
      '/suppressions',
      platform(async (asked) => {
        const { address, limit, before } = readQuery(asked.request, filterSchema);
        const where = all(
          ...(address === undefined ? [] : [is('address', address.toLowerCase())]),
          ...(before === undefined ? [] : [{ op: 'lt', field: 'id', value: before } as const]),
        );
        const rows = await readRows<SuppressionRow>(database.reader, suppressionTable, {
          where,
          limit,
          order: 'desc',
        });
        return {
          suppressions: rows.map(({ created_at: createdAt, ...row }) => ({ ...row, createdAt })),
        };
      }),
    ),
    ...routesAt(
      'POST',
      '/suppressions',
      platform(async (asked) => {
        const given = await readBody(asked.request, newSchema);
        await database.transaction(parts.ctx, (session) =>
          suppress(session, { ...given, at: iso(now()) }),
        );
        return { success: true };
      }),
    ),
    ...routesAt(
      'POST',
      '/suppressions/remove',
      platform(async (asked) => {
        const { id } = await readBody(asked.request, z.strictObject({ id: z.string().max(600) }));
        return {
          success: await database.transaction(parts.ctx, (session) => unsuppress(session, id)),
        };
      }),
    ),
  ];
}

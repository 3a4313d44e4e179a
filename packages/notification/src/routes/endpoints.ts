import {
  isInReach,
  type OutboundService,
  type PluginContext,
  readBody,
  type Route,
  tenantReach,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { z } from 'zod';
import { iso, type Parts } from '../parts.js';
import type { Sealer } from '../sealer.js';
import { defined, is, setRows } from '../store.js';
import {
  addEndpoint,
  endpointTable,
  listEndpoints,
  readEndpoint,
  rotateSecret,
  type EndpointRow,
} from '../webhook/endpoints.js';
import { requireManager, routesAt, type Answer, type Asked } from './support.js';

const topics = z
  .array(
    z
      .string()
      .regex(/^(?:\*|[a-z][\w-]*(?:\.[a-z][\w-]*)*(?:\.\*)?)$/i, 'a topic, "area.*" or "*"'),
  )
  .min(1)
  .max(100);
const newSchema = z.strictObject({
  url: z.string().max(2_000),
  topics: topics.default(['*']),
  label: z.string().min(1).max(200),
});
const changeSchema = z.strictObject({
  url: z.string().max(2_000).optional(),
  topics: topics.optional(),
  label: z.string().min(1).max(200).optional(),
  enabled: z.boolean().optional(),
});

/** Endpoints of other systems, for those with `manage_notifications`. */
export function endpointRoutes(
  ctx: PluginContext,
  parts: Parts,
  { outbound, sealer }: { readonly outbound: () => OutboundService; readonly sealer: () => Sealer },
): Route[] {
  const { database, now } = parts;
  const managed =
    (answer: Answer): Answer =>
    async (asked) => {
      await requireManager(ctx, asked);
      return answer(asked);
    };
  const write = <T>(work: (session: Parameters<typeof addEndpoint>[0]) => Promise<T>) =>
    database.transaction(parts.ctx, (session) => work(session));
  return [
    ...routesAt(
      'GET',
      '/endpoints',
      managed(async (asked) => {
        const rows = await listEndpoints(
          database.reader,
          tenantReach(asked.context.principal).tenantId,
        );
        return { endpoints: rows.map(toClient) };
      }),
    ),
    ...routesAt(
      'POST',
      '/endpoints',
      managed(async (asked) => {
        const given = await readBody(asked.request, newSchema);
        const url = await checkUrl(given.url, outbound());
        const { principal } = asked.context;
        const { row, secret } = await write((session) =>
          addEndpoint(
            session,
            { ...given, url, tenantId: principal.tenantId, by: principal.id, now: now() },
            sealer(),
          ),
        );
        // The one time that it is shown.
        return { ...toClient(row), secret };
      }),
    ),
    ...routesAt(
      'PATCH',
      '/endpoints/:id',
      managed(async (asked) => {
        const row = await requireOwn(parts, asked);
        const { url, enabled, ...rest } = await readBody(asked.request, changeSchema);
        const set: Partial<EndpointRow> = {
          ...defined<EndpointRow>(rest),
          ...(url === undefined ? {} : { url: await checkUrl(url, outbound()) }),
          ...(enabled === undefined ? {} : stateOf(enabled)),
        };
        await write((session) =>
          setRows<EndpointRow>(session, endpointTable, { where: is('id', row.id), set }),
        );
        return toClient({ ...row, ...set });
      }),
    ),
    ...routesAt(
      'POST',
      '/endpoints/:id/rotate',
      managed(async (asked) => {
        const row = await requireOwn(parts, asked);
        return {
          secret: await write((session) =>
            rotateSecret(session, row, { sealer: sealer(), now: now() }),
          ),
        };
      }),
    ),
    ...routesAt(
      'DELETE',
      '/endpoints/:id',
      managed(async (asked) => {
        const { id } = await requireOwn(parts, asked);
        await write(async (session) =>
          session.delete({ table: endpointTable, where: is('id', id) }),
        );
        return { success: true, at: iso(now()) };
      }),
    ),
  ];
}

function stateOf(enabled: boolean): Partial<EndpointRow> {
  return enabled
    ? { state: 'enabled', disabled_reason: null, failing_since: null }
    : { state: 'disabled', disabled_reason: 'switched off' };
}

/**
 * Asks the address once, without a body, only to learn whether it may be called at all. What else
 * comes of it does not matter: a receiver need not be there yet.
 */
async function checkUrl(text: string, outbound: OutboundService): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    createError('webhook_endpoint_invalid', { reason }, { cause });
  if (!URL.canParse(text)) throw refuse('it is no address');
  const url = new URL(text);
  if (url.hash !== '') throw refuse('it has a fragment');
  try {
    await outbound.request(url, { method: 'HEAD', timeout: 3_000 });
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    if (error.code === 'outbound_blocked' || error.code === 'outbound_url_invalid') {
      throw refuse(error.message, error);
    }
  }
  return url.href;
}

/** An endpoint of another tenant is one that does not exist. */
async function requireOwn({ database }: Parts, asked: Asked): Promise<EndpointRow> {
  const row = await readEndpoint(database.reader, asked.id);
  if (row !== undefined && isInReach(asked.context.principal, row.organization_id)) return row;
  throw createError('webhook_endpoint_not_found', { id: asked.id.slice(0, 64) });
}

function toClient(row: EndpointRow) {
  return {
    id: row.id,
    label: row.label,
    url: row.url,
    topics: row.topics,
    enabled: row.state === 'enabled',
    disabledReason: row.disabled_reason,
    failingSince: row.failing_since,
    tenantId: row.organization_id,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

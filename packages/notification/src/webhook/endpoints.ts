import type { DriverSession } from '@objectql/core/driver';
import { newId } from '@objectql/core';
import { randomBytes } from 'node:crypto';
import { newDelivery } from '../deliver/plan.js';
import { iso, type Parts } from '../parts.js';
import type { Sealer } from '../sealer.js';
import { all, is, readRow, readRows, setRows, table } from '../store.js';
import type { DeliveryRow, NotificationRow } from '../tables.js';

/** Addresses of other systems that follow topics. */
export const endpointTable = table(
  'sys_webhook_endpoint',
  {
    organization_id: 'text',
    label: 'text',
    url: 'text',
    topics: 'json',
    state: 'text',
    disabled_reason: 'text',
    secret: 'text',
    previous_secret: 'text',
    previous_until: 'datetime',
    failing_since: 'datetime',
    created_by: 'text',
    created_at: 'datetime',
  },
  { organization: ['organization_id'] },
);

/** A row of {@link endpointTable}. */
export interface EndpointRow {
  readonly id: string;
  readonly organization_id: string | null;
  readonly label: string;
  readonly url: string;
  /** Names, `area.*`, or `*`. */
  readonly topics: readonly string[];
  readonly state: 'enabled' | 'disabled';
  readonly disabled_reason: string | null;
  /** Sealed. */
  readonly secret: string;
  /** Signs too until `previous_until`, so that a receiver can change over. */
  readonly previous_secret: string | null;
  readonly previous_until: string | null;
  /** Since when no delivery was taken; empty while some are. */
  readonly failing_since: string | null;
  readonly created_by: string;
  readonly created_at: string;
}

/** What an endpoint is made of. */
export interface NewEndpoint {
  readonly url: string;
  readonly topics: readonly string[];
  readonly label: string;
}

const DAY = 86_400_000;

/** A new secret: `whsec_` and 32 random bytes, as Standard Webhooks has it. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Adds an endpoint. @returns it, and its secret, which is never shown again */
export async function addEndpoint(
  session: DriverSession,
  given: NewEndpoint & {
    readonly tenantId: string | null;
    readonly by: string;
    readonly now: number;
  },
  sealer: Sealer,
): Promise<{ readonly row: EndpointRow; readonly secret: string }> {
  const { url, topics, label, tenantId, by, now } = given;
  const secret = newSecret();
  const row: EndpointRow = {
    id: newId(now),
    organization_id: tenantId,
    label,
    url,
    topics,
    state: 'enabled',
    disabled_reason: null,
    secret: sealer.seal(secret),
    previous_secret: null,
    previous_until: null,
    failing_since: null,
    created_by: by,
    created_at: iso(now),
  };
  await session.insert(endpointTable, [{ ...row }]);
  return { row, secret };
}

/** Gives an endpoint a new secret; the old one signs too for a day. @returns the new one */
export async function rotateSecret(
  session: DriverSession,
  { id, secret: previous }: EndpointRow,
  { sealer, now }: { readonly sealer: Sealer; readonly now: number },
): Promise<string> {
  const secret = newSecret();
  await setRows<EndpointRow>(session, endpointTable, {
    where: is('id', id),
    set: {
      secret: sealer.seal(secret),
      previous_secret: previous,
      previous_until: iso(now + DAY),
    },
  });
  return secret;
}

/** Secrets that sign at a moment, the newest first; none that were sealed with another secret of ours. */
export function secretsOf(row: EndpointRow, sealer: Sealer, now: number): string[] {
  const { secret, previous_secret: previous, previous_until: until } = row;
  const counts = previous !== null && until !== null && Date.parse(until) > now;
  return [secret, ...(counts ? [previous] : [])]
    .map((sealed) => sealer.open(sealed))
    .filter((one) => one !== undefined);
}

/** An endpoint, by its id. */
export function readEndpoint(session: DriverSession, id: string): Promise<EndpointRow | undefined> {
  return readRow<EndpointRow>(session, endpointTable, id);
}

/** Endpoints of a tenant, or of all. */
export function listEndpoints(
  session: DriverSession,
  tenantId: string | null | undefined,
): Promise<EndpointRow[]> {
  const where = tenantId === undefined ? all() : is('organization_id', tenantId);
  return readRows<EndpointRow>(session, endpointTable, { where, order: 'asc' });
}

/** Whether endpoints that follow `pattern` hear of a topic. */
export function follows(pattern: string, topic: string): boolean {
  if (pattern === '*' || pattern === topic) return true;
  return pattern.endsWith('.*') && topic.startsWith(pattern.slice(0, -1));
}

/** The deliveries of a notification to the endpoints of its tenant. */
export async function deliveriesToEndpoints(
  { database, now }: Pick<Parts, 'database' | 'now'>,
  notification: NotificationRow,
): Promise<DeliveryRow[]> {
  const rows = await listEndpoints(database.reader, notification.organization_id);
  return rows.flatMap(({ id, state, topics }) => {
    const pattern = topics.find((one) => follows(one, notification.topic));
    if (state === 'disabled' || pattern === undefined) return [];
    const { source, actor } = notification;
    return [
      {
        ...newDelivery(notification, { channel: 'webhook', recipient: id, now: now() }),
        address: id,
        why: { audience: 'endpoint', choice: `follows ${pattern}`, source, actor },
      },
    ];
  });
}

import type { ExecutionContext, NotificationTopic } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import type { SendResult } from '../channels/channel.js';
import { emit } from '../emit.js';
import { iso, type Parts } from '../parts.js';
import { all, is, isEmpty, readRows, setRows } from '../store.js';
import { endpointTable, type EndpointRow } from './endpoints.js';

/** Tells who made an endpoint that it is disabled. */
export const endpointDisabledTopic: NotificationTopic = {
  name: 'notification.endpoint_disabled',
  label: 'Webhook endpoints that were disabled',
  category: 'system',
  channels: ['inbox', 'email'],
  mandatory: true,
  sample: { label: 'ERP', url: 'https://erp.example.com/hooks', reason: 'it answered 410' },
  templates: {
    en: {
      subject: 'The webhook endpoint "{{label}}" is disabled',
      text: 'Nothing more is sent to {{url}}: {{reason}}. Enable it again when it takes deliveries.',
    },
    de: {
      subject: 'Der Webhook-Endpunkt „{{label}}“ ist abgeschaltet',
      text: 'An {{url}} wird nichts mehr gesendet: {{reason}}. Schalten Sie ihn wieder ein, wenn er Sendungen annimmt.',
    },
  },
};

/** A try that ended. */
export interface EndedTry {
  readonly endpointId: string;
  readonly result: SendResult;
  readonly now: number;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/** Keeps how an endpoint does, and disables one that is gone or has failed for too long. */
export async function afterTry(parts: Parts, ended: EndedTry): Promise<void> {
  const { endpointId, result, now, session } = ended;
  const where = is('id', endpointId);
  if (result.kind === 'sent') {
    const failing = all(where, isEmpty('failing_since', false));
    await setRows<EndpointRow>(session, endpointTable, {
      where: failing,
      set: { failing_since: null },
    });
    return;
  }
  const [row] = await readRows<EndpointRow>(session, endpointTable, { where, lock: 'wait' });
  if (row?.state !== 'enabled') return;
  if (result.code === 'http_410') return disable(parts, ended, { row, reason: 'it answered 410' });
  if (row.failing_since === null) {
    await setRows<EndpointRow>(session, endpointTable, { where, set: { failing_since: iso(now) } });
    return;
  }
  const hours = (now - Date.parse(row.failing_since)) / 3_600_000;
  if (hours < parts.config.webhook.disableAfterHours) return;
  const reason = `it has taken nothing for ${Math.floor(hours)} hours (${result.message})`;
  await disable(parts, ended, { row, reason });
}

async function disable(
  parts: Parts,
  { session, ctx }: EndedTry,
  { row, reason }: { readonly row: EndpointRow; readonly reason: string },
): Promise<void> {
  const { id, label, url, created_by: by } = row;
  await setRows<EndpointRow>(session, endpointTable, {
    where: is('id', id),
    set: { state: 'disabled', disabled_reason: reason.slice(0, 500) },
  });
  parts.logger.warn({ endpoint: id, reason }, 'a webhook endpoint is disabled');
  await emit(
    parts,
    {
      topic: endpointDisabledTopic.name,
      audience: { users: [by] },
      payload: { label, url, reason },
      source: `endpoint ${id}`,
    },
    ctx,
  );
}

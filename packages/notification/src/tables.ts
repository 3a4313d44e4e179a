import type {
  DeliveryReason,
  DeliveryReceipt,
  DeliveryState,
  NotificationAudience,
  NotificationChannel,
  NotificationSeverity,
  RecordData,
} from '@objectos/spec/contracts';
import { table } from './store.js';

/** What was emitted. `unique_key` is there as long as a second one is refused. */
export const notificationTable = table(
  'sys_notification',
  {
    topic: 'text',
    severity: 'text',
    payload: 'json',
    audience: 'json',
    about_object: 'text',
    about_id: 'text',
    source: 'text',
    actor: 'text',
    unique_key: 'text',
    /** It is kept until then, so that a second one is refused. */
    unique_until: 'datetime',
    organization_id: 'text',
    request_id: 'text',
    created_at: 'datetime',
  },
  { u_unique: ['unique_key'], created: ['created_at'] },
);

/** A row of {@link notificationTable}. */
export interface NotificationRow {
  readonly id: string;
  readonly topic: string;
  readonly severity: NotificationSeverity;
  readonly payload: RecordData;
  readonly audience: NotificationAudience;
  readonly about_object: string | null;
  readonly about_id: string | null;
  readonly source: string | null;
  readonly actor: string;
  readonly unique_key: string | null;
  readonly unique_until: string | null;
  readonly organization_id: string | null;
  readonly request_id: string;
  readonly created_at: string;
}

/** One notification to one recipient by one channel. */
export const deliveryTable = table(
  'sys_notification_delivery',
  {
    notification_id: 'text',
    topic: 'text',
    channel: 'text',
    /** Names whom it goes to, so that nobody gets it twice by one channel. */
    recipient: 'text',
    user_id: 'text',
    address: 'text',
    locale: 'text',
    time_zone: 'text',
    state: 'text',
    why: 'json',
    cause: 'text',
    attempt: 'integer',
    due_at: 'datetime',
    provider: 'text',
    provider_id: 'text',
    error: 'json',
    /** What the provider told of it later. */
    receipt: 'json',
    /** What is collected into one message. */
    digest_key: 'text',
    digest_id: 'text',
    /** Replaces the payload of the notification, after somebody corrected it. */
    payload: 'json',
    organization_id: 'text',
    created_at: 'datetime',
    finished_at: 'datetime',
  },
  {
    u_once: ['notification_id', 'channel', 'recipient'],
    state: ['state', 'finished_at'],
    user: ['user_id', 'id'],
    digest: ['digest_key', 'state'],
    digest_of: ['digest_id'],
    recipient: ['recipient', 'state'],
    provider: ['provider_id'],
  },
);

/** A row of {@link deliveryTable}. */
export interface DeliveryRow {
  readonly id: string;
  readonly notification_id: string;
  readonly topic: string;
  readonly channel: NotificationChannel;
  readonly recipient: string;
  readonly user_id: string | null;
  readonly address: string | null;
  readonly locale: string | null;
  readonly time_zone: string | null;
  readonly state: DeliveryState;
  readonly why: DeliveryReason;
  readonly cause: string | null;
  readonly attempt: number;
  readonly due_at: string | null;
  readonly provider: string | null;
  readonly provider_id: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly receipt: DeliveryReceipt | null;
  readonly digest_key: string | null;
  readonly digest_id: string | null;
  readonly payload: unknown;
  readonly organization_id: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

/** What people find in the application. */
export const inboxTable = table(
  'sys_notification_inbox',
  {
    notification_id: 'text',
    user_id: 'text',
    organization_id: 'text',
    topic: 'text',
    severity: 'text',
    title: 'text',
    body: 'text',
    url: 'text',
    about_object: 'text',
    about_id: 'text',
    created_at: 'datetime',
    read_at: 'datetime',
    archived_at: 'datetime',
  },
  { user: ['user_id', 'id'], unread: ['user_id', 'read_at'], created: ['created_at'] },
);

/** A row of {@link inboxTable}. */
export interface InboxRow {
  readonly id: string;
  readonly notification_id: string;
  readonly user_id: string;
  readonly organization_id: string | null;
  readonly topic: string;
  readonly severity: NotificationSeverity;
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly about_object: string | null;
  readonly about_id: string | null;
  readonly created_at: string;
  readonly read_at: string | null;
  readonly archived_at: string | null;
}

import type { ExecutionContext } from './context.js';
import type { MaybePromise } from './disposable.js';
import type { RecordData } from './engine.js';
import { contributionPoint, serviceRef } from './refs.js';

/** Ways by which a notification reaches somebody. `inbox` is the one inside the application. */
export const NOTIFICATION_CHANNELS = ['inbox', 'email', 'sms', 'push', 'webhook'] as const;

/** One of {@link NOTIFICATION_CHANNELS}. */
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

/** `critical` passes quiet hours and digests, and cannot be switched off. */
export const NOTIFICATION_SEVERITIES = ['info', 'warning', 'critical'] as const;

/** One of {@link NOTIFICATION_SEVERITIES}. */
export type NotificationSeverity = (typeof NOTIFICATION_SEVERITIES)[number];

/**
 * What a notification says in one language: Handlebars over the payload. `subject` is one line, the
 * title in the inbox and the subject of a mail. No template calls code: there are `if`, `unless`,
 * `each`, `with`, and the helpers `date`, `number`, `default` and `eq`.
 */
export interface NotificationTexts {
  readonly subject: string;
  /** Plain text; nothing is escaped. */
  readonly text: string;
  /** HTML of a mail; values are escaped for HTML. */
  readonly html?: string | undefined;
  /** Shorter plain text for SMS and push; else `text`. */
  readonly short?: string | undefined;
  /** A path of the application or an `https` address; values are escaped for URLs. */
  readonly url?: string | undefined;
}

/** A kind of notification that people can choose about. */
export interface NotificationTopic {
  /** `area.thing`, e.g. `opportunity.won`. */
  readonly name: string;
  readonly label: string;
  /** Topics of one category can be chosen about together. */
  readonly category?: string | undefined;
  /** Where it goes unless somebody chose else; default `inbox` and `email`. */
  readonly channels?: readonly NotificationChannel[] | undefined;
  /** Nobody can switch it off, and it waits for nothing. */
  readonly mandatory?: boolean | undefined;
  /** Collects events of a recipient for this many minutes into one message. */
  readonly digestMinutes?: number | undefined;
  /** By BCP 47 tag. `de-AT` falls back to `de`, then to the default language. */
  readonly templates: Readonly<Record<string, NotificationTexts>>;
  /** A payload to try the templates with. */
  readonly sample?: RecordData | undefined;
}

/** Plugins declare their topics here. */
export const notificationTopicsPoint = contributionPoint<NotificationTopic>('notification.topics');

/** Somebody who is no user. */
export interface NotificationAddress {
  readonly email?: string | undefined;
  /** E.164: `+4930123456`. */
  readonly phone?: string | undefined;
  readonly locale?: string | undefined;
}

/** Who is told. Whoever is named twice is told once. */
export interface NotificationAudience {
  /** Ids of users. */
  readonly users?: readonly string[] | undefined;
  /** Users who hold one of these roles, `organization:admin` among them. */
  readonly roles?: readonly string[] | undefined;
  /** Users whose ids stand in these fields of `about`, e.g. `owner_id`. */
  readonly fields?: readonly string[] | undefined;
  readonly addresses?: readonly NotificationAddress[] | undefined;
  /** Ids of users who are not told, such as whoever caused it. */
  readonly except?: readonly string[] | undefined;
}

/** What is emitted. */
export interface Notification {
  readonly topic: string;
  /** Webhook endpoints of the tenant follow topics by themselves; without an audience only they hear. */
  readonly audience?: NotificationAudience | undefined;
  /** JSON of at most 64 KiB: what the templates see, and the `data` of webhooks. */
  readonly payload?: RecordData | undefined;
  /** Default `info`. */
  readonly severity?: NotificationSeverity | undefined;
  /** The record it is about. Only users who may read it are told. */
  readonly about?: { readonly object: string; readonly id: string } | undefined;
  /** A second one of the topic with the same key in the same tenant is not sent. */
  readonly deduplicationKey?: string | undefined;
  /** Milliseconds for which the key counts; default a day. */
  readonly deduplicateFor?: number | undefined;
  /** What made it: a rule, flow or plugin. Told to whoever asks why they got it. */
  readonly source?: string | undefined;
}

/** States of a delivery: of one notification, to one recipient, by one channel. */
export const DELIVERY_STATES = [
  'waiting',
  'held',
  'collecting',
  'digested',
  'sent',
  'skipped',
  'suppressed',
  'failed',
] as const;

/** One of {@link DELIVERY_STATES}. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Why somebody got a notification, or did not. */
export interface DeliveryReason {
  /** What named them: `users`, `role admin`, `field owner_id`, `addresses`, `endpoint`. */
  readonly audience: string;
  /** What decided about the channel: `critical`, `mandatory`, `own choice for the topic`, … */
  readonly choice: string;
  /** What made the notification. */
  readonly source: string | null;
  /** Who caused it. */
  readonly actor: string;
}

/** What became of a message that a provider took. */
export interface DeliveryReceipt {
  /** `bounced`: there is no such address; `complained`: the recipient called it spam. */
  readonly kind: 'delivered' | 'failed' | 'bounced' | 'complained';
  readonly code: string | null;
  readonly message: string | null;
  /** When it was told. */
  readonly at: string;
}

/** A delivery as the log keeps it. Moments are ISO 8601 text. */
export interface NotificationDelivery {
  readonly id: string;
  readonly notificationId: string;
  readonly topic: string;
  readonly channel: NotificationChannel;
  readonly state: DeliveryState;
  readonly userId: string | null;
  /** Mail address, phone number, or id of the endpoint or subscription. */
  readonly address: string | null;
  readonly locale: string | null;
  readonly tenantId: string | null;
  readonly why: DeliveryReason;
  /** Of `skipped`, `suppressed` and `held`: the cause. */
  readonly cause: string | null;
  readonly attempt: number;
  readonly dueAt: string | null;
  /** Who took it, and under which id. */
  readonly provider: string | null;
  readonly providerId: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
  /** What the provider told of it after it took it. */
  readonly receipt: DeliveryReceipt | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** Which deliveries to list; newest first. */
export interface DeliveryFilter {
  readonly notificationId?: string | undefined;
  readonly userId?: string | undefined;
  readonly topic?: string | undefined;
  readonly channel?: NotificationChannel | undefined;
  readonly state?: DeliveryState | undefined;
  readonly tenantId?: string | null | undefined;
  /** At most 500; default 50. */
  readonly limit?: number | undefined;
  /** The `id` of the last one of the page before. */
  readonly before?: string | undefined;
}

/** A notification in somebody's inbox. */
export interface InboxItem {
  readonly id: string;
  readonly notificationId: string;
  readonly topic: string;
  readonly severity: NotificationSeverity;
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly about: { readonly object: string; readonly id: string } | null;
  readonly createdAt: string;
  readonly readAt: string | null;
  readonly archivedAt: string | null;
}

/** Which items of an inbox to list; newest first, without archived ones unless asked for. */
export interface InboxFilter {
  readonly read?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly topic?: string | undefined;
  /** At most 200; default 50. */
  readonly limit?: number | undefined;
  readonly before?: string | undefined;
}

/** What a template would say. */
export interface NotificationPreview {
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly short: string | null;
  readonly url: string | null;
  /** Values that the templates name and the payload does not have. */
  readonly missing: readonly string[];
}

/** Tells people and systems what happened: the one way in, and the logs behind it. */
export interface NotificationService {
  /**
   * Takes a notification, in the running transaction of `ctx` or one of its own: it is sent if and
   * only if that commits. The id is that of the one that is there: with a deduplication key, perhaps
   * an earlier one.
   *
   * @throws `notification_invalid`, `notification_topic_unknown`
   */
  emit(
    notification: Notification,
    ctx: ExecutionContext,
  ): Promise<{ readonly id: string; readonly created: boolean }>;
  topics(): readonly NotificationTopic[];
  /**
   * Renders a topic, or a draft of one, without sending it.
   *
   * @throws `notification_topic_unknown`, `template_invalid`, `template_failed`
   */
  preview(request: {
    readonly topic: string | NotificationTopic;
    readonly payload?: RecordData | undefined;
    readonly locale?: string | undefined;
  }): Promise<NotificationPreview>;
  deliveries(filter: DeliveryFilter): Promise<readonly NotificationDelivery[]>;
  delivery(id: string): Promise<NotificationDelivery | undefined>;
  /** @throws `delivery_not_found`, `delivery_state_conflict` unless it failed or was suppressed */
  retry(id: string, options?: { readonly payload?: unknown }): Promise<NotificationDelivery>;
  inbox(
    userId: string,
    filter: InboxFilter,
  ): Promise<{ readonly items: readonly InboxItem[]; readonly unread: number }>;
  /** @returns how many items changed; those of others never do */
  markRead(userId: string, ids: readonly string[] | 'all'): Promise<number>;
  archive(userId: string, ids: readonly string[]): Promise<number>;
}

/** Notifications. Provided by the notification plugin. */
export const notificationService = serviceRef<NotificationService>('notification');

/** Finds the users who hold a role in a tenant. */
export type RoleMembers = (
  role: string,
  tenantId: string | null,
) => MaybePromise<readonly string[]>;

/** Plugins that give roles tell here who holds them. */
export const roleMembersPoint = contributionPoint<RoleMembers>('notification.roleMembers');

/** A text message. */
export interface SmsMessage {
  /** E.164: `+4930123456`. */
  readonly to: string;
  readonly text: string;
  /** The same for each try, for providers that know a message again. */
  readonly id: string;
  readonly signal: AbortSignal;
}

/** How a provider took a message. */
export type SmsResult =
  | { readonly sent: true; readonly providerId: string | null }
  | {
      readonly sent: false;
      /** Whether the same message may be taken later, or by another provider. */
      readonly retryable: boolean;
      readonly code: string;
      readonly message: string;
      /** The number takes no messages at all. */
      readonly isDeadAddress?: boolean | undefined;
      /** Milliseconds that the provider asks us to wait. */
      readonly retryAfter?: number | undefined;
    };

/** A way for text messages. Gives failures back; throws only for faults of its own. */
export interface SmsProvider {
  readonly name: string;
  send(message: SmsMessage): MaybePromise<SmsResult>;
}

/** Plugins add providers here; they are tried after those of the configuration. */
export const smsProvidersPoint = contributionPoint<SmsProvider>('notification.smsProviders');

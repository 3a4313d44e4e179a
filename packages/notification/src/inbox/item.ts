import type { NotificationConfig } from '../config.js';
import { languageOf } from '../deliver/language.js';
import type { DeliveryRow, InboxRow, NotificationRow } from '../tables.js';
import { renderTexts, textsFor, type CompiledTopic } from '../templates/topic.js';

/** What somebody finds in the application. @throws `template_failed` */
export function inboxItem(given: {
  readonly notification: NotificationRow;
  readonly delivery: DeliveryRow;
  readonly topic: CompiledTopic;
  readonly config: NotificationConfig;
  readonly at: string;
}): InboxRow {
  const { notification, delivery, topic, config, at } = given;
  const texts = textsFor(topic, delivery.locale, config.defaultLocale);
  const rendered = renderTexts(texts, notification.payload, languageOf(delivery, texts, config));
  return {
    id: delivery.id,
    notification_id: notification.id,
    user_id: delivery.user_id ?? '',
    organization_id: notification.organization_id,
    topic: notification.topic,
    severity: notification.severity,
    title: rendered.subject,
    body: rendered.short ?? rendered.text,
    url: rendered.url,
    about_object: notification.about_object,
    about_id: notification.about_id,
    created_at: at,
    read_at: null,
    archived_at: null,
  };
}

import { entry } from '../define.js';

/** Errors of notifications and of their channels. */
export const notificationErrors = {
  notification_invalid: entry<{ topic: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The notification of the topic "${p.topic}" is not valid: ${p.reason}.`,
    hint: () =>
      'See `Notification` for what each part takes; the payload is JSON of at most 64 KiB.',
  }),
  notification_topic_unknown: entry<{ topic: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no notification topic "${p.topic}".`,
    hint: () => 'Declare it in the configuration of the notification plugin, or contribute it.',
  }),
  template_invalid: entry<{ template: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The template "${p.template}" is not valid: ${p.reason}.`,
    hint: () =>
      'Use {{name}}, #if, #unless, #each, #with and the helpers date, number, default and eq.',
  }),
  template_failed: entry<{ template: string; reason: string }>({
    category: 'validation',
    status: 422,
    message: (p) => `The template "${p.template}" cannot be filled in: ${p.reason}.`,
    hint: () => 'Try it with the preview and a payload like this one.',
  }),
  callback_refused: entry<{ provider: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `This callback of "${p.provider}" is not signed as it should be.`,
    hint: () =>
      'Compare the secret of the configuration with the one of the account, and the address that the provider calls with the origin; the log says more.',
  }),
  delivery_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no delivery "${p.id}".`,
    hint: () => 'Ended deliveries are removed after their retention.',
  }),
  delivery_state_conflict: entry<{ id: string; state: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The delivery "${p.id}" is ${p.state}; it cannot be sent again.`,
    hint: () => 'Only deliveries that failed or were suppressed can be.',
  }),
  mail_invalid: entry<{ part: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The "${p.part}" of a mail is not valid: ${p.reason}.`,
    hint: () => 'A mail has one plain address and no line break in its headers.',
  }),
  push_subscription_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The push subscription is not valid: ${p.reason}.`,
    hint: () =>
      'Send `JSON.stringify(subscription)` of the browser as `token`, with the platform "web".',
  }),
  webhook_endpoint_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The address of the webhook endpoint is not valid: ${p.reason}`,
    hint: () => 'Use an http or https address that is reached from the internet, or allow it.',
  }),
  webhook_endpoint_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no webhook endpoint "${p.id}".`,
    hint: () => 'List the endpoints of your organization.',
  }),
  notification_channel_missing: entry<{ channel: string; reason: string }>({
    category: 'maintenance',
    status: 503,
    message: (p) => `The channel "${p.channel}" is not there: ${p.reason}.`,
    hint: () => 'Load @objectos/outbound beside the notification plugin.',
  }),
};

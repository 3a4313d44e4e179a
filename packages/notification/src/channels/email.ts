import type { Courier } from '../mail/courier.js';
import { MESSAGE_SCHEDULE, type Outgoing, type Sender } from './channel.js';
import { htmlDocument, escapeHtml } from './html.js';

/** How recipients get out of a topic. */
export interface UnsubscribeLinks {
  /** Address of the page; `undefined` where the message must be sent, or nobody knows our origin. */
  of(outgoing: Outgoing): string | undefined;
}

/** Sends mail, with a link to get out of the topic where that is possible. */
export function createEmailSender(courier: Courier, links: UnsubscribeLinks): Sender {
  return {
    channel: 'email',
    schedule: MESSAGE_SCHEDULE,
    send(outgoing) {
      const { delivery, rendered, link } = outgoing;
      const unsubscribe = links.of(outgoing);
      return courier.send({
        id: delivery.id,
        to: delivery.address ?? '',
        subject: rendered.subject,
        text: plainText(rendered.text, { link, unsubscribe }),
        html: rendered.html === null ? undefined : htmlText(rendered, { link, unsubscribe }),
        headers: headersOf(outgoing, unsubscribe),
      });
    },
  };
}

interface Links {
  readonly link: string | null;
  readonly unsubscribe: string | undefined;
}

function plainText(text: string, { link, unsubscribe }: Links): string {
  const parts = [text];
  if (link !== null) parts.push(link);
  if (unsubscribe !== undefined) parts.push(`--\n${unsubscribe}`);
  return `${parts.join('\n\n')}\n`;
}

function htmlText(
  { html, locale, subject }: Outgoing['rendered'],
  { link, unsubscribe }: Links,
): string {
  const button =
    link === null ? '' : `<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`;
  const out =
    unsubscribe === undefined
      ? ''
      : `<p style="font-size:12px"><a href="${escapeHtml(unsubscribe)}">Unsubscribe</a></p>`;
  return htmlDocument({ locale, title: subject, body: `${html ?? ''}${button}${out}` });
}

/** RFC 2369 and RFC 8058: one click in the mail program is enough. RFC 3834: no answers of machines. */
function headersOf(
  { delivery }: Outgoing,
  unsubscribe: string | undefined,
): Record<string, string> {
  return {
    'Auto-Submitted': 'auto-generated',
    'X-Notification-Topic': delivery.topic,
    ...(unsubscribe === undefined
      ? {}
      : {
          'List-Unsubscribe': `<${unsubscribe}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        }),
  };
}

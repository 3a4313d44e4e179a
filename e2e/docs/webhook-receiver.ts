import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env['WEBHOOK_SECRET'] ?? '');

/** Takes a request. @throws when it is not from us, or older than five minutes */
export function receive(body: string, headers: Record<string, string>): unknown {
  return webhook.verify(body, headers);
}

import type { NotificationConfig } from '../config.js';
import type { CallbackReader } from './callback.js';
import { createMailgunReader } from './mailgun.js';
import { createSendgridReader } from './sendgrid.js';
import { createTwilioReader } from './twilio.js';
import { createVonageReader } from './vonage.js';

/** Readers for the accounts of the configuration whose callbacks can be checked. */
export function callbackReaders({ sms, mailCallbacks }: NotificationConfig): CallbackReader[] {
  const texting = sms.flatMap((account) => {
    if (account.type === 'twilio') return [createTwilioReader(account)];
    const { signatureSecret } = account;
    return signatureSecret === undefined
      ? []
      : [createVonageReader({ ...account, signatureSecret })];
  });
  const mail = mailCallbacks.map((account) =>
    account.type === 'mailgun' ? createMailgunReader(account) : createSendgridReader(account),
  );
  return [...texting, ...mail];
}

import type { MailService } from '@objectos/spec/contracts';
import { createOutbox } from './outbox.js';

/** What takes messages while no mail service is loaded: the outbox, or a refusal that is logged. */
export function chooseMail(folder: string | undefined): MailService {
  if (folder !== undefined) return createOutbox(folder);
  return {
    send: () =>
      Promise.reject(new Error('no mail service is loaded, and no dataFolder configured')),
  };
}

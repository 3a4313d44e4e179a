import {
  defineJob,
  jobOutcome,
  type Disposer,
  type JobsService,
  type MailService,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import type { Sealer } from '../sealer.js';
import { checkHead } from './address.js';
import type { Courier } from './courier.js';

const mailJob = defineJob('notification.mail', z.strictObject({ sealed: z.string() }), {
  queue: 'notification.email',
});
const contentSchema = z.strictObject({ to: z.string(), subject: z.string(), text: z.string() });

/**
 * Mail that is no notification, such as the links of sign-in: one job for each message, in the
 * transaction of the caller. The message is sealed, for whoever may look at jobs.
 */
export function createMailService(
  { jobs, seal }: { readonly jobs: JobsService; readonly seal: () => Sealer },
  outboxFolder: string | undefined,
): MailService {
  return {
    async send(message, ctx) {
      checkHead(message);
      const { to, subject, text } = message;
      const sealed = seal().seal(JSON.stringify({ to, subject, text }));
      await jobs.enqueue(mailJob, { sealed }, ctx);
    },
    outboxFolder: () => outboxFolder,
  };
}

/** Sends the messages of {@link createMailService}. */
export function handleMail(
  { jobs, seal }: { readonly jobs: JobsService; readonly seal: () => Sealer },
  courier: Courier,
): Disposer {
  return jobs.handle(mailJob, async ({ id, payload }) => {
    const content = seal().open(payload.sealed);
    if (content === undefined) return jobOutcome.discard('it was sealed with another secret');
    const mail = contentSchema.parse(JSON.parse(content));
    const result = await courier.send({ ...mail, id });
    if (result.kind === 'sent') return undefined;
    const { retryable, code, message } = result;
    if (!retryable) return jobOutcome.discard(`${code}: ${message}`);
    throw new Error(`${code}: ${message}`);
  });
}

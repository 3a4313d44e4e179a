import {
  defineJob,
  type ExecutionContext,
  type JobDefinition,
  type NotificationChannel,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import type { Parts } from '../parts.js';
import type { DeliveryRow } from '../tables.js';

const payload = z.strictObject({ id: z.string() });

/** Channels that send. */
export const SENDING = ['email', 'sms', 'push', 'webhook'] as const satisfies NotificationChannel[];

/** One queue for each channel: one that is slow or paused keeps no other waiting. */
export const deliverJobs: Readonly<Record<string, JobDefinition<{ readonly id: string }>>> =
  Object.fromEntries(
    SENDING.map((channel) => [
      channel,
      defineJob(`notification.deliver.${channel}`, payload, { queue: `notification.${channel}` }),
    ]),
  );

/** Sends what was collected under a key. */
export const digestJob = defineJob('notification.digest', z.strictObject({ key: z.string() }), {
  queue: 'notification',
});

/** Enqueues the next try of a delivery. Each try is a job of its own, so a row tells all about them. */
export async function enqueueDelivery(
  { jobs }: Pick<Parts, 'jobs'>,
  { id, channel }: Pick<DeliveryRow, 'id' | 'channel'>,
  { ctx, runAt }: { readonly ctx: ExecutionContext; readonly runAt?: Date | undefined },
): Promise<void> {
  const job = deliverJobs[channel];
  // The inbox has nothing to send.
  if (job === undefined) return;
  await jobs.enqueue(job, { id }, ctx, runAt === undefined ? {} : { runAt });
}

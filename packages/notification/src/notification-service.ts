import type { Disposer, NotificationService } from '@objectos/spec/contracts';
import { expandJob, emit } from './emit.js';
import { deliver } from './deliver/deliver.js';
import { closeDigest } from './deliver/digest.js';
import { expand } from './deliver/expand.js';
import { deliverJobs, digestJob } from './deliver/jobs.js';
import { listInbox, markInbox } from './inbox/inbox.js';
import { findDelivery, listDeliveries, retryDelivery } from './log.js';
import type { Parts } from './parts.js';
import { compileTopic, missingNames, renderTexts, textsFor } from './templates/topic.js';

/** Makes the service over its parts. */
export function createNotificationService(parts: Parts): NotificationService {
  const { database, topics, config } = parts;
  return {
    emit: (notification, ctx) => emit(parts, notification, ctx),
    topics: () => topics.list(),
    async preview({ topic, payload, locale }) {
      const compiled = await (typeof topic === 'string'
        ? topics.compiled(topic)
        : compileTopic(topic));
      const values = payload ?? compiled.topic.sample ?? {};
      const texts = textsFor(compiled, locale, config.defaultLocale);
      const language = { locale: locale ?? texts.locale, timeZone: config.defaultTimeZone };
      return {
        ...renderTexts(texts, values, language),
        missing: missingNames(texts, values),
      };
    },
    deliveries: (filter) => listDeliveries(database.reader, filter),
    delivery: (id) => findDelivery(database.reader, id),
    retry: (id, options = {}) => retryDelivery(parts, id, options),
    inbox: (userId, filter) => listInbox(database, userId, filter),
    markRead: (userId, ids) => markInbox(parts, userId, { ids, mark: 'read_at' }),
    archive: (userId, ids) => markInbox(parts, userId, { ids, mark: 'archived_at' }),
  };
}

/** Runs the jobs of notifications in this process. @returns what ends that */
export function handleJobs(parts: Parts): Disposer[] {
  const { jobs, senders } = parts;
  const disposers = [
    jobs.handle(expandJob, (run) => expand(parts, run)),
    jobs.handle(digestJob, (run) => closeDigest(parts, run)),
  ];
  for (const sender of Object.values(senders)) {
    const job = deliverJobs[sender.channel];
    if (job !== undefined) {
      disposers.push(jobs.handle(job, (run) => deliver(parts, sender, run)));
    }
  }
  return disposers;
}

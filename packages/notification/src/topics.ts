import type { NotificationTopic } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { compileTopic, type CompiledTopic } from './templates/topic.js';

/** Topics by name. What the configuration says wins over what plugins contribute. */
export interface Topics {
  /** @throws `notification_topic_unknown` */
  get(name: string): CompiledTopic;
  has(name: string): boolean;
  list(): readonly NotificationTopic[];
  /** Takes what plugins contribute now; one that is not valid is left out and told to `refused`. */
  contributed(
    topics: readonly NotificationTopic[],
    refused: (error: unknown, topic: string) => void,
  ): void;
}

/** Makes the list of topics. @throws `template_invalid` */
export function createTopics(configured: readonly NotificationTopic[]): Topics {
  const own = new Map(configured.map((topic) => [topic.name, compileTopic(topic)]));
  let known: ReadonlyMap<string, CompiledTopic> = own;
  return {
    get(name) {
      const found = known.get(name);
      if (found !== undefined) return found;
      throw createError('notification_topic_unknown', { topic: name.slice(0, 100) });
    },
    has: (name) => known.has(name),
    list: () => [...known.values()].map(({ topic }) => topic),
    contributed(topics, refused) {
      const valid = new Map<string, CompiledTopic>();
      for (const topic of topics) {
        try {
          valid.set(topic.name, compileTopic(topic));
        } catch (error) {
          refused(error, topic.name);
        }
      }
      known = new Map([...valid, ...own]);
    },
  };
}

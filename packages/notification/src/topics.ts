import type { NotificationTopic } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { compileTopic, type CompiledTopic } from './templates/topic.js';

/** Topics by name. What the configuration says wins over what plugins contribute. */
export interface Topics {
  /** @throws `notification_topic_unknown` */
  get(name: string): NotificationTopic;
  /** The topic with its templates. @throws `notification_topic_unknown` */
  compiled(name: string): Promise<CompiledTopic>;
  has(name: string): boolean;
  list(): readonly NotificationTopic[];
  /** Takes what plugins contribute now; one that is not valid is left out and told to `refused`. */
  contributed(
    topics: readonly NotificationTopic[],
    refused: (error: unknown, topic: string) => void,
  ): Promise<void>;
}

interface Known {
  readonly topic: NotificationTopic;
  readonly compiled: () => Promise<CompiledTopic>;
}

/**
 * Makes the list of topics. Those of an application are compiled at once, so that a wrong one is
 * refused when it starts; `own` ones of ours when they are needed, which may be never.
 *
 * @throws `template_invalid`
 */
export async function createTopics(
  own: NotificationTopic,
  configured: readonly NotificationTopic[],
): Promise<Topics> {
  const fixed = new Map([[own.name, knownLater(own)]]);
  for (const topic of configured) fixed.set(topic.name, await known(topic));
  let all: ReadonlyMap<string, Known> = fixed;
  function find(name: string): Known {
    const found = all.get(name);
    if (found !== undefined) return found;
    throw createError('notification_topic_unknown', { topic: name.slice(0, 100) });
  }
  return {
    get: (name) => find(name).topic,
    compiled: async (name) => find(name).compiled(),
    has: (name) => all.has(name),
    list: () => [...all.values()].map(({ topic }) => topic),
    async contributed(topics, refused) {
      const valid = new Map<string, Known>();
      for (const topic of topics) {
        try {
          valid.set(topic.name, await known(topic));
        } catch (error) {
          refused(error, topic.name);
        }
      }
      all = new Map([...valid, ...fixed]);
    },
  };
}

async function known(topic: NotificationTopic): Promise<Known> {
  const compiled = await compileTopic(topic);
  return { topic, compiled: async () => compiled };
}

function knownLater(topic: NotificationTopic): Known {
  let compiled: Promise<CompiledTopic> | undefined;
  return { topic, compiled: () => (compiled ??= compileTopic(topic)) };
}

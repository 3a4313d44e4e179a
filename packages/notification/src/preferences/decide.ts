import type {
  NotificationChannel,
  NotificationSeverity,
  NotificationTopic,
} from '@objectos/spec/contracts';
import type { Choice, PreferenceRow } from './tables.js';

/** What became of a channel for somebody, and what decided it. */
export interface Decision {
  readonly choice: Choice;
  readonly by: string;
}

const DEFAULT_CHANNELS: readonly NotificationChannel[] = ['inbox', 'email'];

/** Channels that a topic goes to unless somebody chose else. */
export function channelsOf(topic: NotificationTopic): readonly NotificationChannel[] {
  return topic.channels ?? DEFAULT_CHANNELS;
}

/**
 * Decides about a channel, the most specific choice first: what must reach people does; then their
 * own choice for the topic, its category, everything; then that of their organization; then the
 * topic's. A choice for one channel goes before one for all of them.
 */
export function decide(
  asked: {
    readonly topic: NotificationTopic;
    readonly channel: NotificationChannel;
    readonly severity: NotificationSeverity;
  },
  own: readonly PreferenceRow[],
  organization: readonly PreferenceRow[],
): Decision {
  const { topic, channel, severity } = asked;
  const isDefault = channelsOf(topic).includes(channel);
  if (isDefault && severity === 'critical') return { choice: 'instant', by: 'critical' };
  if (isDefault && topic.mandatory === true) return { choice: 'instant', by: 'mandatory' };
  const chosen =
    mostSpecific(own, topic, channel, 'own choice') ??
    mostSpecific(organization, topic, channel, 'choice of the organization');
  if (chosen !== undefined) return chosen;
  if (!isDefault) return { choice: 'off', by: 'topic' };
  return { choice: topic.digestMinutes === undefined ? 'instant' : 'digest', by: 'topic' };
}

function mostSpecific(
  rows: readonly PreferenceRow[],
  topic: NotificationTopic,
  channel: NotificationChannel,
  whose: string,
): Decision | undefined {
  const scopes = [
    ['topic', topic.name],
    ['category', topic.category],
    ['all', ''],
  ] as const;
  for (const [scope, name] of scopes) {
    for (const wanted of [channel, '*']) {
      const found = rows.find(
        (row) => row.scope === scope && row.name === name && row.channel === wanted,
      );
      if (found !== undefined)
        return { choice: found.choice, by: `${whose} for the ${words(scope)}` };
    }
  }
  return undefined;
}

function words(scope: 'topic' | 'category' | 'all'): string {
  return scope === 'all' ? 'channel' : scope;
}

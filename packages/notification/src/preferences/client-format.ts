import { z } from 'zod';
import type { Choice, PreferenceRow, ProfileRow } from './tables.js';

const channelSettings = z.strictObject({
  enabled: z.boolean().default(true),
  email: z.boolean().optional(),
  push: z.boolean().optional(),
});

/** Preferences as the published clients send them; what is left away stays as it is. */
export const clientPreferencesSchema = z.strictObject({
  preferences: z.strictObject({
    email: z.boolean().optional(),
    push: z.boolean().optional(),
    inApp: z.boolean().optional(),
    digest: z.enum(['none', 'daily', 'weekly']).optional(),
    /** By topic. */
    channels: z.record(z.string().min(1).max(100), channelSettings).optional(),
  }),
});

/** What a client sends. */
export type ClientPreferences = z.output<typeof clientPreferencesSchema>['preferences'];

/** A choice to keep; without one, to forget. */
export interface Change {
  readonly scope: PreferenceRow['scope'];
  readonly name: string;
  readonly channel: PreferenceRow['channel'];
  readonly choice: Choice | null;
}

/** Minutes of the digests that clients offer. */
export const DIGESTS = { daily: 1_440, weekly: 7 * 1_440 } as const;

/** Choices as the published clients show them. */
export function toClientPreferences(rows: readonly PreferenceRow[], profile: ProfileRow) {
  const find = (scope: PreferenceRow['scope'], name: string, channel: PreferenceRow['channel']) =>
    rows.find((row) => row.scope === scope && row.name === name && row.channel === channel)?.choice;
  const on = (channel: PreferenceRow['channel']): boolean => find('all', '', channel) !== 'off';
  const topics = [
    ...new Set(rows.filter(({ scope }) => scope === 'topic').map(({ name }) => name)),
  ];
  const channels = topics.map((name) => {
    const email = find('topic', name, 'email');
    const push = find('topic', name, 'push');
    const settings = {
      enabled: find('topic', name, '*') !== 'off',
      ...(email === undefined ? {} : { email: email !== 'off' }),
      ...(push === undefined ? {} : { push: push !== 'off' }),
    };
    return [name, settings] as const;
  });
  return {
    email: on('email'),
    push: on('push'),
    inApp: on('inbox'),
    digest: digestOf(find('all', '', 'email'), profile),
    ...(channels.length === 0 ? {} : { channels: Object.fromEntries(channels) }),
  };
}

function digestOf(choice: Choice | undefined, { digest_minutes: minutes }: ProfileRow) {
  if (choice !== 'digest') return 'none';
  return (minutes ?? 0) >= DIGESTS.weekly ? 'weekly' : 'daily';
}

/** The choices that make what a client sent. */
export function fromClientPreferences(given: ClientPreferences): Change[] {
  const changes: Change[] = [];
  const all = (channel: PreferenceRow['channel'], choice: Choice | null): void => {
    changes.push({ scope: 'all', name: '', channel, choice });
  };
  const { email, push, inApp, digest, channels = {} } = given;
  if (push !== undefined) all('push', push ? null : 'off');
  if (inApp !== undefined) all('inbox', inApp ? null : 'off');
  if (email === false) all('email', 'off');
  else if (digest !== undefined) all('email', digest === 'none' ? null : 'digest');
  else if (email === true) all('email', null);
  for (const [name, settings] of Object.entries(channels)) {
    const topic = (channel: PreferenceRow['channel'], choice: Choice | null): void => {
      changes.push({ scope: 'topic', name, channel, choice });
    };
    topic('*', settings.enabled ? null : 'off');
    for (const channel of ['email', 'push'] as const) {
      const wanted = settings[channel];
      topic(channel, wanted === undefined ? null : wanted ? 'instant' : 'off');
    }
  }
  return changes;
}

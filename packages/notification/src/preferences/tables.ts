import type { NotificationChannel } from '@objectos/spec/contracts';
import { table } from '../store.js';

/** What somebody may choose: nothing, at once, or collected. */
export const CHOICES = ['off', 'instant', 'digest'] as const;

/** One of {@link CHOICES}. */
export type Choice = (typeof CHOICES)[number];

/** What a choice is about. */
export const SCOPES = ['topic', 'category', 'all'] as const;

/** Choices of users, and of organizations for their people. */
export const preferenceTable = table(
  'sys_notification_preference',
  {
    user_id: 'text',
    organization_id: 'text',
    scope: 'text',
    name: 'text',
    channel: 'text',
    choice: 'text',
    updated_at: 'datetime',
  },
  { user: ['user_id'], organization: ['organization_id'] },
);

/** A row of {@link preferenceTable}. Either a user's or, without one, an organization's. */
export interface PreferenceRow {
  /** Made of all that it is about, so that there is one of each. */
  readonly id: string;
  readonly user_id: string | null;
  readonly organization_id: string | null;
  readonly scope: (typeof SCOPES)[number];
  /** Of the topic or category; empty for `all`. */
  readonly name: string;
  /** `*` for all channels. */
  readonly channel: NotificationChannel | '*';
  readonly choice: Choice;
  readonly updated_at: string;
}

/** How somebody wants to be spoken to; the id is the user's. */
export const profileTable = table('sys_notification_profile', {
  locale: 'text',
  time_zone: 'text',
  quiet_from: 'text',
  quiet_to: 'text',
  digest_minutes: 'integer',
});

/** A row of {@link profileTable}. Times are `HH:MM` in the time zone. */
export interface ProfileRow {
  readonly id: string;
  readonly locale: string | null;
  readonly time_zone: string | null;
  readonly quiet_from: string | null;
  readonly quiet_to: string | null;
  /** Length of the windows in which what is chosen as digest is collected. */
  readonly digest_minutes: number | null;
}

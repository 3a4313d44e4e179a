import {
  NOTIFICATION_CHANNELS,
  type DeliveryState,
  type NotificationChannel,
  type NotificationTopic,
} from '@objectos/spec/contracts';
import { newId } from '@objectql/core';
import type { Recipient } from '../audience/resolve.js';
import { iso } from '../parts.js';
import { decide, type Decision } from '../preferences/decide.js';
import type { PreferenceRow, ProfileRow } from '../preferences/tables.js';
import type { DeliveryRow, NotificationRow } from '../tables.js';

/** What is known about somebody when it is decided how they are told. */
export interface Knowledge {
  readonly topic: NotificationTopic;
  readonly now: number;
  readonly choices: ReadonlyMap<string, readonly PreferenceRow[]>;
  readonly organization: readonly PreferenceRow[];
  readonly profiles: ReadonlyMap<string, ProfileRow>;
  /** Push subscriptions by user. */
  readonly subscriptions: ReadonlyMap<string, readonly string[]>;
  /** Channels that are set up. */
  readonly available: ReadonlySet<NotificationChannel>;
}

const DEFAULT_MINUTES = 60;

/** Channels that reach people. Webhooks reach systems, which follow topics by themselves. */
const PERSONAL = NOTIFICATION_CHANNELS.filter((channel) => channel !== 'webhook');

/** The deliveries of a notification to one recipient, those that will not happen included. */
export function planFor(
  recipient: Recipient,
  notification: NotificationRow,
  known: Knowledge,
): DeliveryRow[] {
  return PERSONAL.flatMap((channel) => {
    const decision = decisionFor(recipient, channel, notification, known);
    // Nobody asks why they did not get what was never meant for the channel.
    if (decision.choice === 'off' && decision.by === 'topic') return [];
    return addressesOf(recipient, channel, known).map((address) => {
      const cause = causeAgainst(channel, address, decision, known);
      const state = cause === undefined ? stateOf(channel, decision) : 'skipped';
      return rowOf({ recipient, channel, address, decision, state, cause }, notification, known);
    });
  });
}

function decisionFor(
  { person }: Recipient,
  channel: NotificationChannel,
  { severity }: NotificationRow,
  known: Knowledge,
): Decision {
  const { topic } = known;
  const own = person === undefined ? [] : (known.choices.get(person.userId) ?? []);
  const decision = decide({ topic, channel, severity }, own, known.organization);
  // Who is no user has no place to collect, and can only be written to.
  if (person === undefined && decision.choice === 'digest')
    return { ...decision, choice: 'instant' };
  return decision;
}

/** Addresses of a channel; `null` for one that is missing. */
function addressesOf(
  { person, address }: Recipient,
  channel: NotificationChannel,
  { subscriptions }: Knowledge,
): (string | null)[] {
  switch (channel) {
    case 'email':
      if (person !== undefined) return [person.email];
      return address?.email === undefined ? [] : [address.email];
    case 'sms':
      if (person !== undefined) return [person.phone];
      return address?.phone === undefined ? [] : [address.phone];
    case 'push': {
      if (person === undefined) return [];
      const own = subscriptions.get(person.userId) ?? [];
      return own.length === 0 ? [null] : [...own];
    }
    default:
      return person === undefined ? [] : [person.userId];
  }
}

function causeAgainst(
  channel: NotificationChannel,
  address: string | null,
  { choice }: Decision,
  { available }: Knowledge,
): string | undefined {
  if (choice === 'off') return 'switched_off';
  if (address === null) return 'no_address';
  return available.has(channel) ? undefined : 'channel_not_set_up';
}

/** The inbox is quiet and has all at once. */
function stateOf(channel: NotificationChannel, { choice }: Decision): DeliveryState {
  if (channel === 'inbox') return 'sent';
  return choice === 'digest' ? 'collecting' : 'waiting';
}

function rowOf(
  planned: {
    readonly recipient: Recipient;
    readonly channel: NotificationChannel;
    readonly address: string | null;
    readonly decision: Decision;
    readonly state: DeliveryState;
    readonly cause: string | undefined;
  },
  notification: NotificationRow,
  known: Knowledge,
): DeliveryRow {
  const { profiles, now } = known;
  const { recipient, channel, address, decision, state, cause } = planned;
  const userId = recipient.person?.userId ?? null;
  const profile = userId === null ? undefined : profiles.get(userId);
  const at = iso(now);
  const who = channel === 'push' && address !== null ? address : (userId ?? address ?? '');
  return {
    ...newDelivery(notification, { channel, recipient: who, now }),
    user_id: userId,
    address,
    locale: profile?.locale ?? recipient.address?.locale ?? null,
    time_zone: profile?.time_zone ?? null,
    state,
    why: {
      audience: recipient.via,
      choice: decision.by,
      source: notification.source,
      actor: notification.actor,
    },
    cause: cause ?? null,
    due_at: dueOf(state, { now, minutes: digestMinutes(known.topic, profile) }),
    digest_key: state === 'collecting' ? JSON.stringify([who, notification.topic, channel]) : null,
    finished_at: state === 'sent' || state === 'skipped' ? at : null,
  };
}

/** Their own window goes before that of the topic. */
function digestMinutes(topic: NotificationTopic, profile: ProfileRow | undefined): number {
  return profile?.digest_minutes ?? topic.digestMinutes ?? DEFAULT_MINUTES;
}

/** Of what is collected: the end of the window, if it is this one that opens it. */
function dueOf(
  state: DeliveryState,
  { now, minutes }: { readonly now: number; readonly minutes: number },
): string | null {
  if (state === 'collecting') return iso(now + minutes * 60_000);
  return state === 'waiting' ? iso(now) : null;
}

/** A delivery that nothing has happened to yet. */
export function newDelivery(
  notification: NotificationRow,
  to: {
    readonly channel: NotificationChannel;
    readonly recipient: string;
    readonly now: number;
  },
): DeliveryRow {
  return {
    id: newId(),
    notification_id: notification.id,
    topic: notification.topic,
    channel: to.channel,
    recipient: to.recipient,
    user_id: null,
    address: null,
    locale: null,
    time_zone: null,
    state: 'waiting',
    why: { audience: '', choice: '', source: notification.source, actor: notification.actor },
    cause: null,
    attempt: 0,
    due_at: iso(to.now),
    provider: null,
    provider_id: null,
    error: null,
    receipt: null,
    digest_key: null,
    digest_id: null,
    payload: null,
    organization_id: notification.organization_id,
    created_at: iso(to.now),
    finished_at: null,
  };
}

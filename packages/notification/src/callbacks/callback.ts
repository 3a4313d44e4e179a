import { timingSafeEqual } from 'node:crypto';
import type { DeliveryReceipt, NotificationChannel } from '@objectos/spec/contracts';

/** What a provider sent, as it came. */
export interface Callback {
  /** Under the origin that people use, as the provider called it. */
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** What a provider tells. */
export interface CallbackEvent {
  /** Names it among all events of the provider: one that comes again has no second effect. */
  readonly id: string;
  /** `stopped`: the recipient wants nothing more; `resumed`: they want it again. */
  readonly kind: DeliveryReceipt['kind'] | 'stopped' | 'resumed';
  /** Our id of the delivery, where the provider gives it back. */
  readonly deliveryId?: string | undefined;
  /** The id that the provider answered when it took the message. */
  readonly providerId?: string | undefined;
  /** Whom `stopped` and `resumed` are about. */
  readonly address?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** What a callback turned out to be. */
export type Verdict =
  | { readonly genuine: true; readonly events: readonly CallbackEvent[] }
  /** `reason` is for our log alone. */
  | { readonly genuine: false; readonly reason: string };

/** Reads the callbacks of one account at a provider. */
export interface CallbackReader {
  /** The last part of the path: `twilio`. */
  readonly provider: string;
  readonly channel: NotificationChannel;
  /** Checks the signature before it believes anything. */
  read(callback: Callback, now: number): Verdict;
}

/**
 * How long after it was signed a callback is taken, in milliseconds: providers try again for a day.
 * Within that time one that comes a second time is known by its id.
 */
const WINDOW = 24 * 3_600_000;
const CLOCK_SKEW = 5 * 60_000;

/** Whether a moment (seconds since the epoch) is one that a callback may have been signed at. */
export function isTimely(seconds: string, now: number): boolean {
  if (!/^\d{1,12}$/.test(seconds)) return false;
  const age = now - Number(seconds) * 1_000;
  return age <= WINDOW && age >= -CLOCK_SKEW;
}

/** Compares signatures in a time that tells nothing of where they differ. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A callback that is not what it says. */
export function refused(reason: string): Verdict {
  return { genuine: false, reason };
}

const STOP: ReadonlySet<string> = new Set([
  ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
]);
const START: ReadonlySet<string> = new Set(['START', 'UNSTOP', 'YES']);

/** What an answer to a text message asks for: the words of the carriers, alone in the message. */
export function wishOf(text: string): 'stopped' | 'resumed' | undefined {
  const word = text.trim().toUpperCase();
  if (STOP.has(word)) return 'stopped';
  return START.has(word) ? 'resumed' : undefined;
}

/** Digits of a number, by which providers name it with and without the `+`. */
export function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '');
}

/** The id in the `Message-ID` that our mail has: `<id@domain>`. */
export function idOfMessage(messageId: string): string | undefined {
  return /^<?([\w-]{1,100})@/.exec(messageId)?.[1];
}

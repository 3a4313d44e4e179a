import type { ExecutionContext, NotificationChannel } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import type { DeliveryRow, NotificationRow } from '../tables.js';
import type { Rendered } from '../templates/topic.js';

/** What a channel is given to send. */
export interface Outgoing {
  readonly delivery: DeliveryRow;
  readonly notification: NotificationRow;
  readonly rendered: Rendered;
  /** Absolute address of what `rendered.url` names. */
  readonly link: string | null;
  readonly payload: object;
  /** Aborted when the run must end. */
  readonly signal: AbortSignal;
}

/** How sending ended. */
export type SendResult =
  | { readonly kind: 'sent'; readonly provider: string; readonly providerId: string | null }
  | SendFailure;

/** Why a message was not taken. */
export interface SendFailure {
  readonly kind: 'failed';
  /** Whether the same message may be taken later. */
  readonly retryable: boolean;
  readonly code: string;
  readonly message: string;
  readonly provider?: string | undefined;
  /** Milliseconds that the other side asked us to wait. */
  readonly retryAfter?: number | undefined;
  /** The address takes no messages at all: it is not tried again. */
  readonly isDeadAddress?: boolean | undefined;
}

/** Sends messages by one channel. Gives failures back; throws only for faults of its own. */
export interface Sender {
  readonly channel: NotificationChannel;
  send(outgoing: Outgoing): Promise<SendResult>;
  /** Milliseconds before each try; when they are used up, the delivery has failed. */
  readonly schedule: readonly number[];
  /** False while nothing is configured that could send. */
  isSetUp?(): boolean;
  /**
   * Takes a place for a delivery. Absent while the other side has enough to do: the delivery waits
   * and uses up no try. @returns what gives the place back
   */
  enter?(delivery: DeliveryRow): (() => void) | undefined;
  /** Told of the end of each try, in the transaction that writes it. */
  ended?(
    delivery: DeliveryRow,
    result: SendResult,
    at: { readonly session: DriverSession; readonly ctx: ExecutionContext },
  ): Promise<void>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** For messages to people: after a day they are stale. */
export const MESSAGE_SCHEDULE: readonly number[] = [
  0,
  10 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** A failure that may pass. */
export function mayPass(code: string, message: string, provider?: string): SendFailure {
  return { kind: 'failed', retryable: true, code, message, provider };
}

/** A failure that stays. */
export function isFinal(code: string, message: string, provider?: string): SendFailure {
  return { kind: 'failed', retryable: false, code, message, provider };
}

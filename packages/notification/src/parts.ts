import type {
  ExecutionContext,
  JobRun,
  JobsService,
  Logger,
  NotificationChannel,
} from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import type { Sender } from './channels/channel.js';
import type { NotificationConfig } from './config.js';
import type { Directory } from './audience/directory.js';
import type { DeliveryRow, NotificationRow } from './tables.js';
import type { Topics } from './topics.js';

/** What the parts of the plugin share. */
export interface Parts {
  readonly database: Database;
  readonly jobs: JobsService;
  readonly config: NotificationConfig;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly topics: Topics;
  readonly directory: Directory;
  readonly senders: Readonly<Partial<Record<NotificationChannel, Sender>>>;
  /** Push subscriptions of users, by user. */
  readonly subscriptions: (
    userIds: readonly string[],
  ) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Deliveries to the webhook endpoints that follow a topic. */
  readonly endpoints: (notification: NotificationRow) => Promise<readonly DeliveryRow[]>;
  /** Origin under which people reach the application. */
  readonly origin: () => string | undefined;
  /** Of work that nobody asked for. */
  readonly ctx: ExecutionContext;
}

/** A moment as tables keep it. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Ends a job together with what `work` writes: both, or neither. */
export function completeWith<T>(
  { database }: Pick<Parts, 'database'>,
  run: JobRun,
  work: (session: DriverSession, ctx: ExecutionContext) => Promise<T>,
): Promise<T> {
  return run.completeWith((ctx) => database.transaction(ctx, work));
}

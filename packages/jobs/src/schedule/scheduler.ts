import type { ExecutionContext, JobSchedule, Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import { is, readJob } from '../queue-store.js';
import { columnsOf, jobScheduleTable } from '../tables.js';
import { parseCron, type CronTimes } from './cron.js';

/** What a scheduler is made of. */
export interface SchedulerParts {
  readonly database: Database;
  readonly ctx: ExecutionContext;
  readonly logger: Logger;
  readonly now: () => number;
  /** Enqueues the job of a tick in the given context; returns its id. */
  readonly enqueue: (
    schedule: JobSchedule,
    nominal: number,
    ctx: ExecutionContext,
  ) => Promise<string>;
}

/** Schedules of this process. */
export interface Scheduler {
  /** @throws `job_schedule_invalid` */
  add(schedule: JobSchedule): Promise<() => void>;
  /** Enqueues what is due. */
  tick(): Promise<void>;
}

interface Entry {
  readonly schedule: JobSchedule;
  readonly times: CronTimes;
}

const MOST_CAUGHT_UP = 1_000;
const ENDED = new Set(['completed', 'cancelled', 'dead']);

/**
 * Makes the scheduler of a process. The next time of a schedule stands in the database and is moved
 * on under a lock, in the transaction that enqueues: so each time comes once over all processes, a
 * clock that is set back repeats nothing, and one that jumps ahead is caught up as the schedule says.
 */
export function createScheduler(parts: SchedulerParts): Scheduler {
  const { database, ctx, logger, now, enqueue } = parts;
  const entries = new Map<string, Entry>();

  async function tickOne({ schedule, times }: Entry): Promise<void> {
    const { name } = schedule;
    const peek = await readSchedule(database.reader, name);
    if (peek === undefined || peek.next > now()) return;
    await database.transaction(ctx, async (session, inner) => {
      const row = await readSchedule(session, name, 'wait');
      if (row === undefined || row.next > now()) return;
      const due = dueTimes(row.next, times, now());
      const chosen = await choose(session, { schedule, due, lastJob: row.lastJob });
      let last = row.lastJob;
      for (const nominal of chosen) last = await enqueue(schedule, nominal, inner);
      const set = { next_at: iso(times.next(now())), last_job: last };
      await session.update({ table: jobScheduleTable, set, where: is('id', name) });
    });
  }

  return {
    async add(schedule) {
      const { name, cron, timeZone = 'UTC' } = schedule;
      if (entries.has(name)) {
        const reason = 'there is one of this name';
        throw createError('job_schedule_invalid', { schedule: name, reason });
      }
      const times = parseCron(name, cron, timeZone);
      const definition = JSON.stringify([cron, timeZone]);
      await database.transaction(ctx, (session) =>
        keepSchedule(session, { name, definition, next: times.next(now()) }),
      );
      const entry = { schedule, times };
      entries.set(name, entry);
      return () => {
        if (entries.get(name) === entry) entries.delete(name);
      };
    },
    async tick() {
      for (const entry of entries.values()) {
        try {
          await tickOne(entry);
        } catch (error) {
          logger.error(
            { schedule: entry.schedule.name, error },
            'a schedule could not be followed',
          );
        }
      }
    },
  };
}

/** The times from `first` to now, the newest {@link MOST_CAUGHT_UP} of them. */
function dueTimes(first: number, times: CronTimes, now: number): number[] {
  const due: number[] = [];
  for (let time = first; time <= now; time = times.next(time)) {
    due.push(time);
    if (due.length > MOST_CAUGHT_UP) due.shift();
  }
  return due;
}

async function choose(
  session: DriverSession,
  given: {
    readonly schedule: JobSchedule;
    readonly due: readonly number[];
    readonly lastJob: string | null;
  },
): Promise<readonly number[]> {
  const { schedule, due, lastJob } = given;
  if ((schedule.overlap ?? 'skip') === 'skip' && lastJob !== null) {
    const job = await readJob(session, lastJob);
    if (job !== undefined && !ENDED.has(job.state)) return [];
  }
  switch (schedule.catchUp ?? 'last') {
    case 'all':
      return due;
    case 'last':
      return due.slice(-1);
    case 'none':
      // Alone it is no missed time: it is the one that comes now.
      return due.length === 1 ? due : [];
  }
}

interface StoredSchedule {
  readonly definition: string;
  readonly next: number;
  readonly lastJob: string | null;
}

async function readSchedule(
  session: DriverSession,
  name: string,
  lock?: 'wait',
): Promise<StoredSchedule | undefined> {
  const [row] = await session.find({
    table: jobScheduleTable,
    columns: columnsOf(jobScheduleTable),
    where: is('id', name),
    limit: 1,
    lock,
  });
  return row === undefined ? undefined : toStored(row);
}

function toStored(row: Row): StoredSchedule {
  return {
    definition: row['definition'] as string,
    next: Date.parse(row['next_at'] as string),
    lastJob: row['last_job'] as string | null,
  };
}

/** A schedule that is there keeps its next time, unless its times changed. */
async function keepSchedule(
  session: DriverSession,
  given: { readonly name: string; readonly definition: string; readonly next: number },
): Promise<void> {
  const { name, definition, next } = given;
  const known = await readSchedule(session, name, 'wait');
  if (known?.definition === definition) return;
  const set = { definition, next_at: iso(next) };
  if (known !== undefined) {
    await session.update({ table: jobScheduleTable, set, where: is('id', name) });
    return;
  }
  try {
    await session.nested((inner) =>
      inner.insert(jobScheduleTable, [{ id: name, last_job: null, ...set }]),
    );
  } catch (error) {
    // Another process was first.
    if ((error as { code?: unknown }).code !== 'duplicate_value') throw error;
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

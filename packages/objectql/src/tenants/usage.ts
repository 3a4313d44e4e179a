import type { MaybePromise, QuotaName } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { run, wait, type Steps } from '../engine/steps.js';
import { usageTable } from '../engine/system-tables.js';

/** What to count. */
export interface UsageStep {
  readonly organization: string;
  readonly quota: QuotaName;
  readonly by: number;
  /** Absent: counted and never refused. */
  readonly limit: number | undefined;
  /** Epoch milliseconds: a counter that was counted before is counted anew. */
  readonly fresh: number;
  readonly now: number;
  /** Counts everything there is, with what this transaction did. Not for quotas of a day. */
  readonly measure: (session: DriverSession) => Steps<number>;
  /** Told when a refusal undoes a count that was made anew, so that it can be made again and kept. */
  readonly onLost: () => void;
}

const DAY = 86_400_000;
const MOST_ATTEMPTS = 4;

/** True for quotas that begin anew each day. */
export function isDaily(quota: QuotaName): boolean {
  return quota === 'apiCallsPerDay' || quota === 'jobsPerDay';
}

/** Seconds until the next day of UTC begins; at least 1. */
export function secondsLeft(now: number): number {
  return Math.max(1, Math.ceil((DAY - (now % DAY)) / 1_000));
}

/**
 * Moves the counter of an organization, in the transaction of the session. The row is locked until
 * that transaction ends, so of parallel writers each sees what those before it used.
 *
 * @returns what is used afterwards
 * @throws `quota_exceeded`, `daily_quota_exceeded`
 */
export function* countUsage(session: DriverSession, step: UsageStep): Steps<number> {
  const row = yield* lockRow(session, step);
  const { quota, by, limit, now, organization } = step;
  const daily = isDaily(quota);
  const period = daily ? new Date(now).toISOString().slice(0, 10) : '';
  const before = row['period'] === period ? (row['used'] as number) : 0;
  const isStale = !daily && isBefore(row['counted_at'], step.fresh);
  const used = isStale ? yield* step.measure(session) : Math.max(0, before + by);
  if (by > 0 && limit !== undefined && used > limit) {
    if (isStale) step.onLost();
    throw quotaRefusal({ quota, limit, used: Math.max(0, used - by), now });
  }
  if (used !== before || isStale || row['period'] !== period) {
    const set: Row = { used, period };
    if (isStale) set['counted_at'] = new Date(now).toISOString();
    yield* wait(session.update({ table: usageTable, set, where: isRow(organization, quota) }));
  }
  return used;
}

function* lockRow(session: DriverSession, step: UsageStep): Steps<Row> {
  const { organization, quota } = step;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const [row] = yield* wait(
      session.find({
        table: usageTable,
        columns: ['period', 'used', 'counted_at'],
        where: isRow(organization, quota),
        lock: 'wait',
      }),
    );
    if (row !== undefined) return row;
    // When another writer begins it in the same moment, there is one to wait for.
    yield* wait(beginRow(session, organization, quota));
  }
  throw new Error(`unreachable: the counter of "${organization}" neither exists nor can be made`);
}

/** Before anything is counted: whoever commits later waits for this row, and adds its own. */
function beginRow(
  session: DriverSession,
  organization: string,
  quota: QuotaName,
): MaybePromise<void> {
  const row = {
    id: `${organization} ${quota}`,
    organization_id: organization,
    period: '',
    used: 0,
    counted_at: null,
  };
  return run(
    (function* (): Steps<void> {
      try {
        yield* wait(session.nested((nested) => run(wait(nested.insert(usageTable, [row])))));
      } catch (error) {
        if (!isObjectOSError(error, 'duplicate_value')) throw error;
      }
    })(),
  );
}

function isRow(organization: string, quota: QuotaName): RowFilter {
  return { op: 'eq', field: 'id', value: `${organization} ${quota}` };
}

function isBefore(at: unknown, moment: number): boolean {
  return typeof at !== 'string' || Date.parse(at) < moment;
}

/** The refusal of what goes beyond a limit. */
export function quotaRefusal(given: {
  readonly quota: QuotaName;
  readonly limit: number;
  readonly used: number;
  readonly now: number;
}): Error {
  const { quota, limit, used, now } = given;
  const details = { quota, limit, used };
  if (!isDaily(quota)) return createError('quota_exceeded', details, { details });
  const seconds = secondsLeft(now);
  return createError(
    'daily_quota_exceeded',
    { ...details, seconds },
    { details: { ...details, retryAfterSeconds: seconds } },
  );
}

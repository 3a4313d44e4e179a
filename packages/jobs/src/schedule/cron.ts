import { createError } from '@objectos/spec/errors';
import { CronExpressionParser } from 'cron-parser';

/**
 * The times of a cron expression after a moment. Daylight saving: a time in the hour that is left
 * out in spring comes at the same distance after the gap (02:30 is 03:30); a time in the hour that
 * comes twice in autumn comes once, the first time.
 */
export interface CronTimes {
  /** The first time after `after`, in epoch milliseconds. */
  next(after: number): number;
}

/** @throws `job_schedule_invalid` */
export function parseCron(schedule: string, cron: string, timeZone: string): CronTimes {
  const refuse = (cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : 'it does not parse';
    return createError('job_schedule_invalid', { schedule, reason }, { cause });
  };
  const parse = (after: number) =>
    CronExpressionParser.parse(cron, { currentDate: new Date(after), tz: timeZone });
  const fields = cron.trim().split(/\s+/).length;
  if (!cron.startsWith('@') && fields !== 5 && fields !== 6) {
    throw refuse(new Error('it has neither five nor six fields'));
  }
  try {
    Intl.DateTimeFormat('en', { timeZone });
    // An expression that never comes (30 February) is found here, not at night.
    parse(Date.UTC(2024, 0, 1)).next();
  } catch (cause) {
    throw refuse(cause);
  }
  return { next: (after) => parse(after).next().getTime() };
}

import type { ProfileRow } from './tables.js';

const MINUTE = 60_000;
const DAY = 1_440;

/**
 * The end of the quiet hours that a moment is in; `undefined` outside of them. They may go over
 * midnight. Their times are those of a clock on the wall in the time zone, so a change to or from
 * daylight saving within them makes them an hour shorter or longer.
 *
 * @param now milliseconds since the epoch
 */
export function quietUntil(
  { quiet_from: from, quiet_to: to, time_zone: zone }: ProfileRow,
  now: number,
  defaultTimeZone: string,
): number | undefined {
  if (from === null || to === null || from === to) return undefined;
  const timeZone = zone ?? defaultTimeZone;
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const clock = wallClock(now, timeZone);
  const isQuiet = start < end ? clock >= start && clock < end : clock >= start || clock < end;
  if (!isQuiet) return undefined;
  const ahead = (end - clock + DAY) % DAY;
  const begin = Math.floor(now / MINUTE) * MINUTE;
  // The clock may be moved on the way there: look at what it shows, and go the difference.
  const guess = begin + ahead * MINUTE;
  const moved = guess + shortestWay(wallClock(guess, timeZone), end) * MINUTE;
  // A time that is left out in spring comes at the same distance after it.
  return wallClock(moved, timeZone) === end && moved > now ? moved : guess;
}

/** Minutes from one time of day to another, at most half a day forth or back. */
function shortestWay(from: number, to: number): number {
  const forth = (to - from + DAY) % DAY;
  return forth > DAY / 2 ? forth - DAY : forth;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight that a clock in the zone shows. */
function wallClock(at: number, timeZone: string): number {
  const known = clocks.get(timeZone);
  const clock =
    known ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  if (known === undefined) clocks.set(timeZone, clock);
  return minutesOf(clock.format(at));
}

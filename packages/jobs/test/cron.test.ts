import { describe, expect, it } from 'vitest';
import { parseCron } from '../src/index.js';

function times(cron: string, timeZone: string, from: string, count: number): string[] {
  const cronTimes = parseCron('test', cron, timeZone);
  const found: string[] = [];
  let time = Date.parse(from);
  for (let index = 0; index < count; index += 1) {
    time = cronTimes.next(time);
    found.push(new Date(time).toISOString());
  }
  return found;
}

describe('daylight saving, as the documentation states it', () => {
  it('runs a time of the gap in spring at the same distance after it', () => {
    expect(times('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:30:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ]);
  });

  it('runs a time that comes twice in autumn once', () => {
    expect(times('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
  });

  it('knows months of different length and leap years', () => {
    expect(times('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00:00.000Z',
      '2032-02-29T00:00:00.000Z',
    ]);
  });

  it('refuses time zones that do not exist', () => {
    expect(() => parseCron('s', '* * * * *', 'Mars/Base')).toThrow(/Mars/);
  });
});

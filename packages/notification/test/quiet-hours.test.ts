import { expect, it } from 'vitest';
import { quietUntil } from '../src/preferences/quiet-hours.js';

const profile = (
  quiet_from: string | null,
  quiet_to: string | null,
  time_zone: string | null = 'Europe/Berlin',
) => ({
  id: 'ada',
  locale: null,
  time_zone,
  quiet_from,
  quiet_to,
  digest_minutes: null,
});
const until = (at: string, given = profile('22:00', '07:00')) => {
  const end = quietUntil(given, Date.parse(at), 'UTC');
  return end === undefined ? undefined : new Date(end).toISOString();
};

it('holds over midnight, to the end in the time zone', () => {
  expect(until('2026-01-10T20:59:59Z')).toBeUndefined();
  expect(until('2026-01-10T21:00:00Z')).toBe('2026-01-11T06:00:00.000Z');
  expect(until('2026-01-11T05:59:59.999Z')).toBe('2026-01-11T06:00:00.000Z');
  expect(until('2026-01-11T06:00:00Z')).toBeUndefined();
});

it('holds within a day, and in the default zone', () => {
  const noon = profile('12:00', '13:30', null);
  expect(until('2026-01-10T11:59:00Z', noon)).toBeUndefined();
  expect(until('2026-01-10T12:10:00Z', noon)).toBe('2026-01-10T13:30:00.000Z');
  expect(until('2026-01-10T13:30:00Z', noon)).toBeUndefined();
});

it('ends by the clock on the wall when that is moved meanwhile', () => {
  // 29 March: 02:00 becomes 03:00. 25 October: 03:00 becomes 02:00.
  expect(until('2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
  expect(until('2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  expect(until('2026-03-29T00:30:00Z', profile('01:00', '02:30'))).toBe('2026-03-29T01:30:00.000Z');
  expect(until('2026-10-24T23:30:00Z', profile('01:00', '02:30'))).toMatch(/^2026-10-25T0[01]:30/);
});

it('is never quiet for who has no such hours', () => {
  expect(until('2026-01-10T23:00:00Z', profile(null, '07:00'))).toBeUndefined();
  expect(until('2026-01-10T23:00:00Z', profile('07:00', '07:00'))).toBeUndefined();
});

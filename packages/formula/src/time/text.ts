import { civilDays, civilFromDays, DAY_MS, MAX_DAYS, MIN_DAYS } from './calendar.js';
import { fromLocal } from './zone.js';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/;
const DATETIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The day number of `YYYY-MM-DD`, or nothing. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  return civilDays(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** Milliseconds since midnight of `HH:MM[:SS[.fff]]`, or nothing. */
export function parseTime(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, hour, minute, second = '0', fraction = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 + ms;
}

/** The instant of ISO text; without an offset the clock of `zone` is meant. */
export function parseDateTime(text: string, zone: string): number | undefined {
  const match = DATETIME.exec(text);
  if (match === null) return undefined;
  const days = parseDate(match[1] ?? '');
  const clock = match[2] === undefined ? 0 : parseTime(match[2]);
  if (days === undefined || clock === undefined) return undefined;
  const local = days * DAY_MS + clock;
  const offset = match[3];
  if (offset === undefined) return fromLocal(local, zone);
  return offset === 'Z' ? local : local - offsetMs(offset);
}

function offsetMs(offset: string): number {
  const digits = offset.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** `YYYY-MM-DD`. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `HH:MM:SS.mmm`. */
export function formatTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${clock.map((part) => pad(part, 2)).join(':')}.${pad(ms % 1000, 3)}`;
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export function formatDateTime(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  return `${formatDate(days)}T${formatTime(ms - days * DAY_MS)}Z`;
}

/** True when the day lies in the years 1 to 9999. */
export function isDayInRange(days: number): boolean {
  return days >= MIN_DAYS && days <= MAX_DAYS;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

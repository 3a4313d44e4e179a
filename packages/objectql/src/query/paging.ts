import type { QueryLimit } from './limits.js';
import { checkLimit, invalidParameter, shown } from './refuse.js';

const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;

/** How many records a page has. @throws `invalid_parameter`, `limit_exceeded` */
export function pageSize(name: string, value: unknown): number {
  return wholeNumber(name, value, 'top');
}

/** How many records to pass over. @throws `invalid_parameter`, `limit_exceeded` */
export function pageOffset(name: string, value: unknown): number {
  return wholeNumber(name, value, 'skip');
}

function wholeNumber(name: string, value: unknown, limit: QueryLimit): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw invalidParameter(name, `it is a whole number from 0, not ${shown(value)}`);
  }
  checkLimit(limit, value);
  return value;
}

/** The number behind the text of a URL: digits and nothing else, so `1e3` and ` 5` are not one. */
export function numberFromText(name: string, text: string): number {
  if (WHOLE_NUMBER.test(text)) return Number(text);
  throw invalidParameter(name, `it is a whole number from 0, not ${shown(text)}`);
}

/** The boolean behind the text of a URL. */
export function booleanFromText(name: string, text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw invalidParameter(name, `it is true or false, not ${shown(text)}`);
}

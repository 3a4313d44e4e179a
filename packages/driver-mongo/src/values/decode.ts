import type { ColumnType } from '@objectql/core/driver';
import { decodeJson } from './json.js';

/** Turns what is stored into the API value; an absent field is `null`. */
export type Decode = (stored: unknown) => unknown;

/** The conversion of a column type. */
export function decoderOf(type: ColumnType): Decode {
  switch (type) {
    case 'datetime':
      return (stored) => (stored instanceof Date ? stored.toISOString() : (stored ?? null));
    case 'integer':
      return decodeInteger;
    case 'real':
    case 'decimal':
      return decodeNumber;
    case 'json':
      return (stored) => (stored === undefined ? null : decodeJson(stored));
    default:
      return (stored) => stored ?? null;
  }
}

/** Exact text where a number would be another one. */
function decodeInteger(stored: unknown): unknown {
  if (stored === undefined || stored === null || typeof stored === 'number') return stored ?? null;
  const text = textOf(stored);
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** A number of any type of BSON. */
export function decodeNumber(stored: unknown): unknown {
  if (stored === undefined || stored === null) return null;
  return typeof stored === 'number' ? stored : Number(textOf(stored));
}

/** The digits of a number that the client has a class for. */
function textOf(stored: unknown): string {
  return (stored as { toString(): string }).toString();
}

/** To 15 digits: what follows is an artefact of binary fractions that databases do not share. */
export function decodeRounded(stored: unknown): unknown {
  const number = decodeNumber(stored);
  return typeof number === 'number' ? Number(number.toPrecision(15)) : null;
}

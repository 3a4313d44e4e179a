import { noValue, type Site } from '../fault.js';
import type { FormulaValue } from '../types.js';

const STEP = /\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,6})\]|\[(?:'([^']*)'|"([^"]*)")\]/y;

/** The steps of `$.a.b[0]['c d']`, or nothing when it is not such a path. */
export function stepsOf(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  let offset = 1;
  while (offset < path.length) {
    STEP.lastIndex = offset;
    const match = STEP.exec(path);
    if (match === null) return undefined;
    steps.push(
      match[2] === undefined ? (match[1] ?? match[3] ?? match[4] ?? '') : Number(match[2]),
    );
    offset = STEP.lastIndex;
  }
  return steps;
}

/** JSON from a text. */
export function readJson(text: string, site: Site): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw noValue(site, 'is given text that is not JSON');
    throw error;
  }
}

/** The value at a path, by own keys only; what is not there is nothing, and structures become JSON text. */
export function jsonAt(
  root: unknown,
  steps: readonly (string | number)[],
  site: Site,
): FormulaValue {
  let value: unknown = root;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw noValue(site, 'finds a number that is too large');
  }
  return value === undefined ? null : JSON.stringify(value);
}

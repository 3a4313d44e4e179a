import { readdirSync, readFileSync } from 'node:fs';
import { isObjectOSError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import {
  compileFormula,
  toJs,
  type BlankMode,
  type FormulaScope,
  type FormulaType,
} from '../src/index.js';

const folder = new URL('../cases/', import.meta.url);

/** Fields that the cases know, with their types; every other name of one word is `any`. */
const TYPES: Readonly<Record<string, FormulaType>> = {
  n: 'number',
  m: 'number',
  cur: 'currency',
  pct: 'percent',
  s: 'text',
  s2: 'text',
  stage: 'picklist',
  owner: 'reference',
  b: 'boolean',
  d: 'date',
  d2: 'date',
  dt: 'datetime',
  dt2: 'datetime',
  t: 'time',
  dur: 'duration',
  tags: 'list',
  place: 'location',
  'account.type': 'picklist',
  'a.b.c.d.e.f': 'number',
};
const UNKNOWN = new Set(['amonut', 'nope', 'account.nope']);
const NAMES = ['amount', 'stage', 'account.type', 'owner'];

interface Options {
  readonly blankAs?: BlankMode;
  readonly expect?: FormulaType;
  readonly scope?: Partial<FormulaScope> & { timezone?: string };
}

interface Refusal {
  readonly error: string;
  readonly at?: number;
  readonly line?: number;
  readonly suggestion?: string;
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'error' in value;
}

function outcome(source: string, record: Record<string, unknown>, options: Options): unknown {
  const { scope = {}, ...rest } = options;
  try {
    const formula = compileFormula(source, {
      ...rest,
      names: NAMES,
      fields: (path) => {
        const name = path.join('.');
        return UNKNOWN.has(name) ? undefined : (TYPES[name] ?? 'any');
      },
    });
    const value = formula.evaluate({
      record,
      isNew: false,
      now: new Date('2026-03-15T12:34:56.789Z'),
      timezone: 'UTC',
      user: { id: 'u1', email: 'ada@example.com', roles: ['admin', 'rep'] },
      org: { name: 'Acme' },
      rates: new Map([
        ['USD', 1],
        ['EUR', 0.8],
      ]),
      ...scope,
    });
    return toJs(value);
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    const { position, line, suggestion } = error.details;
    return { error: error.code, at: position, line, suggestion };
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.yml'))) {
  const lines = new LineCounter();
  const text = readFileSync(new URL(file, folder), 'utf8');
  const document = parseDocument(text, { lineCounter: lines });
  const nodes = (document.contents as unknown as { items: unknown[] }).items as {
    range: [number, number, number];
  }[];
  const cases = document.toJS() as unknown[][];
  describe(file, () => {
    cases.forEach((entry, index) => {
      const [source, ...middle] = entry as [string, ...unknown[]];
      const wanted = middle.pop();
      const [record = {}, options = {}] = middle as [Record<string, unknown>?, Options?];
      const line = lines.linePos(nodes[index]?.range[0] ?? 0).line;
      it(`${file}:${String(line)} ${source.replaceAll('\n', '\\n').slice(0, 80)}`, () => {
        const got = outcome(source, record, options);
        if (isRefusal(wanted)) expect(got).toMatchObject(wanted);
        else expect(got).toStrictEqual(wanted);
      });
    });
  });
}

describe('the golden cases', () => {
  it('are at least 250', () => {
    const count = readdirSync(folder)
      .filter((name) => name.endsWith('.yml'))
      .map((name) => parseDocument(readFileSync(new URL(name, folder), 'utf8')).toJS() as unknown[])
      .reduce((sum, cases) => sum + cases.length, 0);
    expect(count).toBeGreaterThanOrEqual(250);
  });
});

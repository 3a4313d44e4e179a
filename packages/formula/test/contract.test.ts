import { describe, expect, it } from 'vitest';
import {
  allFunctions,
  compileFormula,
  signatureOf,
  toJs,
  type FormulaScope,
  type FormulaType,
} from '../src/index.js';

const SCOPE: FormulaScope = {
  record: { amount: 3 },
  isNew: false,
  now: new Date('2026-03-15T12:00:00Z'),
  timezone: 'UTC',
};

describe('a compiled formula', () => {
  it('tells the fields and functions it depends on', () => {
    const formula = compileFormula(
      'IF(ISCHANGED(stage), account.owner.name, $User.name) & TEXT(account.owner.name) & NOW()',
    );
    expect(formula.paths).toEqual([['stage'], ['account', 'owner', 'name']]);
    expect(formula.functions).toEqual(['IF', 'ISCHANGED', 'TEXT', 'NOW']);
    expect(formula.needsPrevious).toBe(true);
    expect(formula.volatile).toBe(true);
    expect(compileFormula('amount > 1')).toMatchObject({ needsPrevious: false, volatile: false });
    expect(compileFormula('$Now > x').volatile).toBe(true);
  });

  it.each([
    ['n + m', 'number'],
    ['cur * n', 'currency'],
    ['cur / cur', 'number'],
    ['pct + pct', 'percent'],
    ['s & n', 'text'],
    ['d + 1', 'date'],
    ['d - d', 'number'],
    ['d + HOURS(1)', 'datetime'],
    ['n > 1', 'boolean'],
    ['IF(b, d, NULL)', 'date'],
    ['IF(b, n, cur)', 'number'],
    ['IF(b, s, stage)', 'text'],
    ['CASE(stage, "a", 1, 2)', 'number'],
    ['ROUND(cur, 2)', 'currency'],
    ['PRIORVALUE(d)', 'date'],
    ['ADDMONTHS(dt, 1)', 'datetime'],
    ['x', 'any'],
  ])('%s is %s', (source, type) => {
    const types: Record<string, FormulaType> = {
      n: 'number',
      m: 'number',
      cur: 'currency',
      pct: 'percent',
      s: 'text',
      stage: 'picklist',
      d: 'date',
      dt: 'datetime',
      b: 'boolean',
    };
    const formula = compileFormula(source, { fields: ([name = '']) => types[name] ?? 'any' });
    expect(formula.type).toBe(type);
  });

  it('remarks on braces, with their place', () => {
    const formula = compileFormula('1 +\n {amount} + {{amount}}');
    expect(formula.notices.map(({ line, column }) => [line, column])).toEqual([
      [2, 2],
      [2, 13],
    ]);
  });

  it('reads related records through the scope when it offers to', () => {
    const asked: (readonly string[])[] = [];
    const scope: FormulaScope = {
      ...SCOPE,
      get: (path) => {
        asked.push(path);
        return 7;
      },
    };
    expect(toJs(compileFormula('account.size + amount').evaluate(scope))).toBe(10);
    expect(asked).toEqual([['account', 'size']]);
  });

  it('keeps names of its own when evaluation fails', () => {
    expect(() => compileFormula('1 +\n 4 / (amount - 3)').evaluate(SCOPE)).toThrow(
      expect.objectContaining({
        code: 'formula_evaluation',
        details: { line: 2, column: 4, position: 8, name: '"/"' },
      }),
    );
  });

  it('refuses a zone that does not exist, and IFERROR does not hide it', () => {
    const formula = compileFormula('IFERROR(TODAY(), NULL)');
    expect(() => formula.evaluate({ ...SCOPE, timezone: 'Mars/Olympus' })).toThrow(
      expect.objectContaining({ code: 'formula_timezone', params: { timezone: 'Mars/Olympus' } }),
    );
  });

  it('evaluates without touching the record', () => {
    const record = Object.freeze({ amount: 3, tags: Object.freeze(['a']) });
    expect(
      compileFormula('INCLUDES(tags, "a") AND amount = 3').evaluate({ ...SCOPE, record }),
    ).toBe(true);
  });

  it('never reads what a record inherits', () => {
    const record = Object.create({ amount: 5 }) as Record<string, unknown>;
    expect(toJs(compileFormula('amount').evaluate({ ...SCOPE, record }))).toBeNull();
    const account = Object.create({ size: 5 }) as Record<string, unknown>;
    expect(
      toJs(compileFormula('account.size').evaluate({ ...SCOPE, record: { account } })),
    ).toBeNull();
    expect(toJs(compileFormula('$User.name').evaluate({ ...SCOPE, user: account }))).toBeNull();
    expect(() => compileFormula('valueOf.name', { fields: () => 'text' })).toThrow(
      expect.objectContaining({ code: 'formula_unknown_field' }),
    );
  });
});

describe('toJs', () => {
  it('rounds to the scale of a field, half away from zero', () => {
    const value = compileFormula('1.005 * amount').evaluate(SCOPE);
    expect(toJs(value, { scale: 2 })).toBe(3.02);
    expect(toJs(compileFormula('-0.125').evaluate(SCOPE), { scale: 2 })).toBe(-0.13);
    expect(toJs(compileFormula('2 / 3').evaluate(SCOPE), { scale: 2 })).toBe(0.67);
  });
});

describe('the function table', () => {
  it('has each function once, in upper case, with a summary', () => {
    const names = allFunctions().map((definition) => definition.name);
    expect(new Set(names).size).toBe(names.length);
    for (const definition of allFunctions()) {
      expect(definition.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(definition.summary).toMatch(/\.$/);
      expect(signatureOf(definition)).toContain(definition.name);
    }
  });

  it('has every function of the language', () => {
    const wanted =
      'IF AND OR NOT CASE IN IFERROR ISBLANK ISNULL ISNUMBER BLANKVALUE NULLVALUE ABS CEILING FLOOR MCEILING MFLOOR ROUND TRUNC MOD EXP LN LOG SQRT MIN MAX PI SIN COS TAN ASIN ACOS ATAN TEXT VALUE LEN LEFT RIGHT MID SUBSTR FIND CONTAINS BEGINS SUBSTITUTE TRIM UPPER LOWER INITCAP LPAD RPAD REVERSE CHR ASCII REGEX DATE DATEVALUE DATETIMEVALUE TIMEVALUE TODAY NOW YEAR MONTH WEEKDAY DAYOFYEAR ISOWEEK ISOYEAR HOUR MINUTE SECOND MILLISECOND ADDMONTHS UNIXTIMESTAMP FROMUNIXTIME FORMATDURATION FORMATCURRENCY GEOLOCATION DISTANCE JSONVALUE JSONPATHVALUE DAY ATAN2 ISPICKVAL INCLUDES CONVERTCURRENCY ISNEW ISCHANGED ISCLONE PRIORVALUE CONCAT MONTH_DIFF DAYS_UNTIL DATEADD HOURS';
    const names = new Set(allFunctions().map((definition) => definition.name));
    expect(wanted.split(' ').filter((name) => !names.has(name))).toEqual([]);
  });
});

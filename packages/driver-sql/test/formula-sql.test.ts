import {
  compileFormula,
  compileFormulaSql,
  toJs,
  type BlankMode,
  type FormulaType,
} from '@objectos/formula';
import { isObjectOSError } from '@objectos/spec/errors';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabases, type TestDatabase } from './formula-sql/databases.js';
import { FIELDS, rowArbitrary, type TestRow } from './formula-sql/fields.js';
import { formulaArbitrary } from './formula-sql/formulas.js';

interface Options {
  readonly scale?: number | undefined;
  readonly blankAs: BlankMode;
}

const NOW = new Date('2026-03-15T12:00:00Z');

/** What the interpreter gives for each row, as the engine would show it. */
function interpreted(source: string, rows: readonly TestRow[], options: Options): unknown[] {
  const { scale, blankAs } = options;
  const formula = compileFormula(source, { fields: typeOf, blankAs });
  return rows.map((record) => {
    try {
      const value = toJs(
        formula.evaluate({ record: { ...record }, isNew: false, now: NOW, timezone: 'UTC' }),
        { scale },
      );
      if (formula.type === 'time') return cutToSeconds(value);
      return value === '' ? null : value;
    } catch (error) {
      if (isObjectOSError(error, 'formula_evaluation')) return null;
      throw error;
    }
  });
}

/** Times of day are stored in whole seconds. */
function cutToSeconds(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^(\d\d:\d\d:\d\d)\.\d{3}$/, '$1') : value;
}

function typeOf([name = '']: readonly string[]): FormulaType | undefined {
  return FIELDS.get(name)?.type;
}

function compiled(source: string, database: TestDatabase, options: Options) {
  const formula = compileFormula(source, { fields: typeOf, blankAs: options.blankAs });
  return compileFormulaSql(formula, {
    dialect: database.dialect,
    ...options,
    column: ([name = '']) => FIELDS.get(name)?.column,
  });
}

const EXAMPLES = [
  'amount * 0.1',
  'amount + price * quantity',
  'ROUND(amount / quantity, 2)',
  'amount / 8',
  'ROUND((amount - price) / amount * 100, 1)',
  'amount / quantity > 1.5',
  'IFERROR(amount / quantity > 0, FALSE)',
  'IF(ISBLANK(amount), "none", TEXT(amount))',
  'name & " " & stage & TEXT(born)',
  'CASE(stage, "won", 100, "open", 50, NULL, 1, 0)',
  'born + 30',
  'closed - born',
  'ADDMONTHS(born, quantity)',
  'YEAR(born) * 100 + MONTH(born)',
  'WEEKDAY(born)',
  'ISOYEAR(born) * 100 + ISOWEEK(born)',
  'DAYOFYEAR(born)',
  'seen + 1.5',
  'seen - DATETIMEVALUE(seen)',
  'seen2 - seen',
  'seen2 - seen < HOURS(36)',
  'seen + HOURS(1.5)',
  'UNIXTIMESTAMP(seen)',
  'FROMUNIXTIME(quantity * 86400)',
  'TEXT(seen)',
  'TEXT(opens)',
  'HOUR(opens) * 60 + MINUTE(opens)',
  'opens',
  'born',
  'seen',
  'active',
  'NOT active',
  'loose',
  'loose > 0.5',
  'loose = amount',
  'ratio >= 1',
  'MOD(quantity, 7)',
  'MIN(amount, price, 10)',
  'MAX(amount, -price)',
  'CEILING(amount)',
  'FLOOR(amount)',
  'MCEILING(amount)',
  'MFLOOR(amount)',
  'TRUNC(amount, 1)',
  'ROUND(amount, -2)',
  'LEFT(name, 3) & RIGHT(name, 2)',
  'MID(name, 2, quantity)',
  'FIND("a", name)',
  'FIND("a", name, 3)',
  'SUBSTITUTE(name, "a", "")',
  'TRIM(name)',
  'LEN(name)',
  'CONTAINS(name, "a")',
  'BEGINS(name, "a")',
  'ISPICKVAL(stage, "")',
  'INCLUDES(tags, "red")',
  'stage IN ("won", "lost")',
  'quantity NOT IN (1, 2, amount)',
  'ASCII(name)',
  'name < stage',
  'BLANKVALUE(name, stage)',
  'IF(active, born, closed)',
  'IF(active, amount)',
  'amount = NULL OR name <> NULL',
  'amount <> 0',
  'DATE(2026, 1, 31) < born',
];

describe.each(['sqlite', 'postgres'] as const)('formulas as SQL on %s', (dialect) => {
  let database: TestDatabase | undefined;

  beforeAll(async () => {
    database = await openDatabases(dialect);
  });
  afterAll(async () => {
    await database?.close();
  });

  async function agree(
    source: string,
    rows: readonly TestRow[],
    options: Options,
  ): Promise<boolean> {
    if (database === undefined) return true;
    const outcome = compiled(source, database, options);
    if (!outcome.ok) return false;
    const found = await database.evaluate(outcome.sql, outcome.type, rows);
    expect({ source, values: found }).toEqual({
      source,
      values: interpreted(source, rows, options),
    });
    return true;
  }

  it.each(EXAMPLES)('computes %s as the interpreter does', async (source) => {
    const rows = fc.sample(rowArbitrary, { numRuns: 120, seed: 7 });
    const scale = source.startsWith('seen') && source.includes('- ') ? 6 : undefined;
    expect(await agree(source, rows, { scale, blankAs: 'blank' })).toBe(true);
  });

  it('computes generated formulas on generated rows as the interpreter does', async () => {
    let computed = 0;
    await fc.assert(
      fc.asyncProperty(
        formulaArbitrary,
        fc.constantFrom('blank' as const, 'zero' as const),
        fc.array(rowArbitrary, { minLength: 20, maxLength: 20 }),
        async (source, blankAs, rows) => {
          if (await agree(source, rows, { scale: 2, blankAs })) computed += 1;
        },
      ),
      { numRuns: Number(process.env['FORMULA_RUNS'] ?? 400) },
    );
    if (database !== undefined) expect(computed).toBeGreaterThan(200);
  });
});

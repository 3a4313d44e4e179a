import { compileFormula, toJs, type FormulaType } from '@objectos/formula';
import type { Row } from '../driver/contract.js';
import { formulaTypeOf } from '../engine/rules/formula-types.js';
import type { FieldMeta } from '../metadata/compiled.js';
import { accept, type Outcome } from '../values/outcome.js';
import { columnOf } from './rows.js';
import type { RowSource, StepOf } from './steps.js';

/** Computes the value that a record without one gets. */
export interface Filler {
  /** Fields that must be read. */
  readonly fields: readonly string[];
  valueFor(row: Row): Outcome;
}

/**
 * Compiles where the values of a `fill` step come from. An expression may read every column that the
 * table has, those that are about to be dropped too.
 *
 * @throws errors of the formula language
 */
export function createFiller({ fill, field, rows }: StepOf<'fill'>, source: RowSource): Filler {
  if (fill.kind === 'value') return { fields: [], valueFor: () => accept(fill.value) };
  const used = new Set<string>();
  const known = (name: string) =>
    columnOf(source, name) !== undefined || columnOf(rows.during, name) !== undefined;
  const formula = compileFormula(fill.source, {
    names: rows.during.table.columns.map((column) => column.name),
    fields(path) {
      const [name = ''] = path;
      if (path.length > 1 || name === field.name || !known(name)) return undefined;
      used.add(name);
      return typeIn(source, name);
    },
  });
  const now = new Date();
  return {
    fields: [...used],
    valueFor(row) {
      const result = formula.evaluate({ record: row, isNew: false, now, timezone: 'UTC' });
      const value = toJs(result);
      if (value === null || value === undefined) return accept(null);
      return field.check?.(value) ?? accept(value);
    },
  };
}

function typeIn(source: RowSource, name: string): FormulaType {
  const column = source.table.columns.find((one) => one.name === columnOf(source, name));
  if (column === undefined) return 'any';
  return formulaTypeOf({ column: column.type, multiple: false } as FieldMeta);
}

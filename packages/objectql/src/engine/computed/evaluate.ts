import { toJs, type FormulaScope } from '@objectos/formula';
import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { FieldMeta, FormulaMeta, ObjectMeta } from '../../metadata/compiled.js';

/** What formulas of one operation see beside the record. */
export interface FormulaSurroundings {
  readonly now: Date;
  readonly timezone: string;
  readonly user: RecordData;
}

/** The surroundings of an operation: one moment, one zone, one principal. */
export function surroundingsOf(ctx: ExecutionContext, now: number): FormulaSurroundings {
  const { principal } = ctx;
  return {
    now: new Date(now),
    timezone: ctx.timezone ?? 'UTC',
    user: { Id: principal.id, Kind: principal.kind },
  };
}

/**
 * The value of a formula for one record, as an API value. A formula that fails (a division by zero)
 * has no value.
 */
export function evaluateFormula(
  { column, formula }: FieldMeta & { readonly formula: FormulaMeta },
  record: RecordData,
  surroundings: FormulaSurroundings,
  get?: FormulaScope['get'],
): unknown {
  const { compiled, scale } = formula;
  try {
    const scope: FormulaScope = { record, isNew: false, ...surroundings };
    const value = toJs(
      compiled.evaluate(get === undefined ? scope : { ...scope, get }),
      scale === undefined ? {} : { scale },
    );
    if (value === '') return null;
    return column === 'time' && typeof value === 'string' ? value.slice(0, 8) : value;
  } catch (error) {
    const failed =
      isObjectOSError(error, 'formula_evaluation') || isObjectOSError(error, 'formula_limit');
    if (!failed) throw error;
    return null;
  }
}

/** True for a field that a formula computes. */
export function isFormula(
  field: FieldMeta | undefined,
): field is FieldMeta & { readonly formula: FormulaMeta } {
  return field?.formula !== undefined;
}

/** These formulas and those of the same record that they read, in the order of evaluation. */
export function formulasFor(
  meta: ObjectMeta,
  names: Iterable<string>,
): (FieldMeta & { readonly formula: FormulaMeta })[] {
  const wanted = new Set(names);
  for (const field of [...meta.formulas].reverse()) {
    if (!wanted.has(field.name) || field.formula === undefined) continue;
    for (const read of field.formula.reads) {
      if (read.steps.length === 0) wanted.add(read.field);
    }
  }
  return meta.formulas.filter(isFormula).filter((field) => wanted.has(field.name));
}

/**
 * The record with the values of formulas of the record itself, for whoever looks at a record that is
 * not stored yet. Formulas that read other records are not among them.
 */
export function withOwnFormulas(
  meta: ObjectMeta,
  names: Iterable<string>,
  record: RecordData,
  surroundings: FormulaSurroundings,
): RecordData {
  const fields = formulasFor(meta, names);
  if (fields.length === 0) return record;
  const complete = { ...record };
  for (const field of fields) {
    complete[field.name] = evaluateFormula(field, complete, surroundings);
  }
  return complete;
}

import { compileFormula, type FormulaType } from '@objectos/formula';
import type { FieldDefinitionOf } from '@objectos/spec/metadata';
import type { ColumnType } from '../../driver/contract.js';
import { formulaTypeOf } from '../../engine/rules/formula-types.js';
import type { FieldMeta, FormulaMeta } from '../compiled.js';
import { expressionOf, type CompiledField, type ExpressionScope } from './expression.js';
import { resolvePath, type ResolvedPath } from './path.js';
import { CURRENCY_SCALE } from './places.js';

/** Types of results that a field can have, and the columns that they are. */
const COLUMNS: Readonly<Partial<Record<FormulaType, ColumnType>>> = {
  number: 'decimal',
  currency: 'decimal',
  percent: 'decimal',
  text: 'text',
  picklist: 'text',
  reference: 'text',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
};

/** What compiling a formula field needs of the objects around it. */
export interface FormulaScope extends ExpressionScope {
  /** The field at the end of a path, compiled itself if it is computed. */
  fieldAt(found: ResolvedPath): FieldMeta | undefined;
}

/**
 * Compiles a formula field.
 *
 * @throws what `compileFormula` throws; and a `TypeProblem` for a result that no field can hold
 */
export function compileFormulaField(field: FieldMeta, scope: FormulaScope): CompiledField {
  const definition = field.definition as FieldDefinitionOf<'formula'>;
  const { returnType, blankAs = 'blank' } = definition;
  const compiled = compileFormula(definition.expression, {
    blankAs,
    expect: returnType,
    names: scope.object.visible,
    fields: (path) => typeAt(path, scope),
  });
  const type = returnType ?? compiled.type;
  const column = COLUMNS[type];
  if (column === undefined) throw new TypeProblem(unusable(type));
  if (compiled.needsPrevious) throw new TypeProblem('it looks at a change, and a field has none');
  const scale = definition.scale ?? (type === 'currency' ? CURRENCY_SCALE : undefined);
  const expression = expressionOf(compiled, { scale, blankAs }, scope);
  const reads = readsOf(compiled.paths, scope);
  const formula: FormulaMeta = {
    compiled,
    scale,
    reads,
    crosses: reads.some((read) => read.steps.length > 0),
    refused: expression.refused,
  };
  return { field: { ...field, column, formula, filterable: true }, expression };
}

/** A result that is valid in the language and useless as a field. */
export class TypeProblem extends Error {}

function unusable(type: FormulaType): string {
  return type === 'any'
    ? 'its type is known only when it is evaluated; state "returnType"'
    : `its result is a ${type}, which no field can hold`;
}

function typeAt(path: readonly string[], scope: FormulaScope): FormulaType | undefined {
  const found = resolvePath(scope.objects, scope.object, path);
  const field = found === undefined ? undefined : scope.fieldAt(found);
  return field === undefined ? undefined : formulaTypeOf(field);
}

function readsOf(paths: readonly (readonly string[])[], scope: FormulaScope): FormulaMeta['reads'] {
  return paths.flatMap((path) => {
    const found = resolvePath(scope.objects, scope.object, path);
    return found === undefined ? [] : [found.read];
  });
}

import { compileFormula, type CompiledFormula } from '@objectos/formula';
import type { FieldDefinitionOf } from '@objectos/spec/metadata';
import type { ColumnType, TableSchema } from '../../driver/contract.js';
import { formulaTypeOf } from '../../engine/rules/formula-types.js';
import type { FieldMeta, ObjectMeta, SummaryMeta } from '../compiled.js';
import { expressionOf } from './expression.js';
import type { FormulaScope } from './formula.js';
import { placesOf } from './places.js';

const NUMBERS: ReadonlySet<ColumnType> = new Set(['integer', 'real', 'decimal']);
const ORDERED: ReadonlySet<ColumnType> = new Set([...NUMBERS, 'date', 'datetime', 'time']);
/** Name of the virtual column that a filter is; fields have no capital letters. */
const FILTER = 'FILTER';
/** Digits after the point that an average has at least. */
const AVERAGE_SCALE = 2;

/** A roll-up summary that cannot be. */
export class SummaryProblem extends Error {}

/**
 * Compiles a roll-up summary field.
 *
 * @param scopeOf how the formulas of an object see the others
 * @throws `SummaryProblem`, and what `compileFormula` throws for the filter
 */
export function compileSummary(
  parent: ObjectMeta,
  field: FieldMeta,
  scope: {
    readonly objects: ReadonlyMap<string, ObjectMeta>;
    scopeOf(object: ObjectMeta): FormulaScope;
  },
): FieldMeta & { readonly summary: SummaryMeta } {
  const definition = field.definition as FieldDefinitionOf<'summary'>;
  const operations = definition.summaryOperations;
  const child = scope.objects.get(operations.object);
  if (child === undefined) throw new SummaryProblem(`there is no object "${operations.object}"`);
  const childScope = scope.scopeOf(child);
  const via = relationTo(parent, child, operations.relation);
  const source =
    operations.field === undefined ? undefined : sourceOf(child, operations.field, childScope);
  checkSource(operations.function, source);
  const filter =
    operations.filter === undefined ? undefined : filterOf(operations.filter, childScope);
  const scale = definition.scale ?? scaleOf(operations.function, source);
  const summary: SummaryMeta = {
    function: operations.function,
    child: child.name,
    via,
    field: source?.name,
    scale,
    filter: filter?.compiled,
    ...filterTable(child, filter?.sql, source, childScope),
    reads: new Set([
      via,
      'deleted_at',
      ...storedReads(child, source === undefined ? [] : [source.name], childScope),
      ...storedReads(
        child,
        (filter?.compiled.paths ?? []).map(([name = '']) => name),
        childScope,
      ),
    ]),
  };
  return { ...field, column: columnOf(operations.function, scale, source), summary };
}

function relationTo(parent: ObjectMeta, child: ObjectMeta, named: string | undefined): string {
  const leading = child.relations.filter(
    (field) => field.reference === parent.name && !field.multiple,
  );
  const found = named === undefined ? leading : leading.filter((field) => field.name === named);
  const [first, second] = found;
  if (first === undefined) {
    throw new SummaryProblem(
      named === undefined
        ? `"${child.name}" has no relation to "${parent.name}"`
        : `"${child.name}.${named}" is no relation to "${parent.name}"`,
    );
  }
  if (second !== undefined) {
    throw new SummaryProblem(
      `"${first.name}" and "${second.name}" both lead here; name one with "relation"`,
    );
  }
  return first.name;
}

function sourceOf(child: ObjectMeta, name: string, scope: FormulaScope): FieldMeta {
  const declared = child.fields.get(name);
  if (declared === undefined || child.sealed.has(name)) {
    throw new SummaryProblem(`"${child.name}" has no field "${name}"`);
  }
  const read = { path: [name], steps: [], object: child.name, field: name };
  const field = scope.fieldAt({ field: declared, read });
  if (field === undefined) throw new SummaryProblem(`"${child.name}.${name}" has no value`);
  const formula = field.formula;
  if (formula === undefined) return field;
  if (formula.refused !== undefined) throw new SummaryProblem(`of "${name}": ${formula.refused}`);
  if (crosses(child, field, scope)) {
    throw new SummaryProblem(`"${name}" reads other records, whose changes would go unnoticed`);
  }
  return field;
}

function crosses(child: ObjectMeta, { formula }: FieldMeta, scope: FormulaScope): boolean {
  if (formula === undefined) return false;
  return formula.reads.some(({ steps, field }) => {
    const read = scope.compiledField(child.name, field)?.field;
    return steps.length > 0 || (read !== undefined && crosses(child, read, scope));
  });
}

function checkSource(name: SummaryMeta['function'], source: FieldMeta | undefined): void {
  if (source === undefined) {
    if (name !== 'count') throw new SummaryProblem(`"${name}" needs a field`);
    return;
  }
  const allowed = name === 'sum' || name === 'avg' ? NUMBERS : ORDERED;
  if (name !== 'count' && (source.multiple || !allowed.has(source.column))) {
    throw new SummaryProblem(`"${source.name}" has no ${name}`);
  }
}

function scaleOf(name: SummaryMeta['function'], source: FieldMeta | undefined): number | undefined {
  if (name === 'count' || source === undefined) return 0;
  const places = placesOf(source);
  return name === 'avg' ? Math.max(AVERAGE_SCALE, places ?? AVERAGE_SCALE) : places;
}

function columnOf(
  name: SummaryMeta['function'],
  scale: number | undefined,
  source: FieldMeta | undefined,
): ColumnType {
  if (name === 'count' || source === undefined) return 'integer';
  if (!NUMBERS.has(source.column)) return source.column;
  return scale === 0 ? 'integer' : 'decimal';
}

interface Filter {
  readonly compiled: CompiledFormula;
  readonly sql: NonNullable<TableSchema['columns'][number]['expression']>;
}

function filterOf(expression: string, scope: FormulaScope): Filter {
  const compiled = compileFormula(expression, {
    expect: 'boolean',
    names: scope.object.visible,
    fields: ([name = '', ...rest]) => {
      const declared = scope.object.fields.get(name);
      if (declared === undefined || rest.length > 0 || scope.object.sealed.has(name))
        return undefined;
      const read = { path: [name], steps: [], object: scope.object.name, field: name };
      const field = scope.fieldAt({ field: declared, read });
      return field === undefined || crosses(scope.object, field, scope)
        ? undefined
        : formulaTypeOf(field);
    },
  });
  const { sql, refused } = expressionOf(compiled, { scale: undefined, blankAs: 'blank' }, scope);
  if (sql === undefined) throw new SummaryProblem(`of its filter: ${refused}`);
  return { compiled, sql };
}

/** The child's table with what the summary needs beside stored columns. */
function filterTable(
  child: ObjectMeta,
  sql: Filter['sql'] | undefined,
  source: FieldMeta | undefined,
  scope: FormulaScope,
): Pick<SummaryMeta, 'table' | 'filterColumn'> {
  const virtual: TableSchema['columns'][number][] = [];
  const expression =
    source?.formula === undefined
      ? undefined
      : scope.compiledField(child.name, source.name)?.expression.sql;
  if (source !== undefined && expression !== undefined) {
    virtual.push({ name: source.name, type: source.column, nullable: true, expression });
  }
  if (sql !== undefined) {
    virtual.push({ name: FILTER, type: 'boolean', nullable: true, expression: sql });
  }
  if (virtual.length === 0) return { table: child.table, filterColumn: undefined };
  const table = { ...child.table, columns: [...child.table.columns, ...virtual] };
  return { table, filterColumn: sql === undefined ? undefined : FILTER };
}

/** The stored fields behind these: a formula stands for what it reads. */
function storedReads(
  child: ObjectMeta,
  names: readonly string[],
  scope: FormulaScope,
): readonly string[] {
  return names.flatMap((name) => {
    const formula = scope.compiledField(child.name, name)?.field.formula;
    return formula === undefined
      ? [name]
      : storedReads(
          child,
          formula.reads.map((read) => read.field),
          scope,
        );
  });
}

import { isObjectOSError } from '@objectos/spec/errors';
import type { ColumnSchema } from '../../driver/contract.js';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { Expression } from './expression.js';
import { compileFormulaField, TypeProblem, type FormulaScope } from './formula.js';

/** What linking needs, and where it tells what is wrong. */
export interface LinkScope {
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly items: ReadonlyMap<string, Merged>;
  /** Some object is not valid by itself, so what reads it cannot be judged. */
  readonly incomplete: boolean;
  readonly problems: MetadataProblem[];
}

/** A computed field on its way: being compiled, done, or wrong. */
interface Node {
  state: 'open' | 'done';
  field?: FieldMeta;
  expression?: Expression;
}

/**
 * Compiles computed fields against all objects, each after the fields that it reads: one graph of
 * dependencies over all objects. A circle is refused and shown as a path.
 */
export function linkComputed(scope: LinkScope): Map<string, ObjectMeta> {
  const { objects } = scope;
  const nodes = new Map<string, Node>();
  const order: FieldMeta[] = [];
  const trail: string[] = [];

  function visit(object: ObjectMeta, field: FieldMeta): Node {
    const key = `${object.name}.${field.name}`;
    const known = nodes.get(key);
    if (known !== undefined) {
      if (known.state === 'open') reportCycle(key, object, field);
      return known;
    }
    const node: Node = { state: 'open' };
    nodes.set(key, node);
    trail.push(key);
    compile(object, field, node);
    trail.pop();
    node.state = 'done';
    return node;
  }

  function compile(object: ObjectMeta, field: FieldMeta, node: Node): void {
    const formulaScope: FormulaScope = {
      objects,
      object,
      fieldAt({ field: found, read }) {
        if (found.type !== 'formula') return found.computed ? undefined : found;
        const target = objects.get(read.object);
        return target === undefined ? undefined : visit(target, found).field;
      },
      compiledField(name, fieldName) {
        const found = nodes.get(`${name}.${fieldName}`);
        return found?.field === undefined || found.expression === undefined
          ? undefined
          : { field: found.field, expression: found.expression };
      },
    };
    try {
      const { field: compiled, expression } = compileFormulaField(field, formulaScope);
      node.field = compiled;
      node.expression = expression;
      order.push(compiled);
    } catch (error) {
      reportFailure(object, field, error);
    }
  }

  function reportCycle(key: string, object: ObjectMeta, field: FieldMeta): void {
    const path = [...trail.slice(trail.indexOf(key)), key];
    const position = positionOf(object, field, []);
    scope.problems.push(problem('computed_cycle', { path }, position));
  }

  function reportFailure(object: ObjectMeta, field: FieldMeta, error: unknown): void {
    // What a circle leaves without a type was told as a circle.
    if (scope.problems.some(({ code }) => code === 'computed_cycle')) return;
    const what = `formula of "${object.name}.${field.name}"`;
    const position = positionOf(object, field, ['expression']);
    if (error instanceof TypeProblem) {
      const hint = 'Give it a result that a field can hold.';
      const params = { what, reason: `${error.message}.`, hint };
      scope.problems.push(problem('formula_invalid', params, position));
      return;
    }
    if (!isObjectOSError(error)) throw error;
    if (scope.incomplete && error.code === 'formula_unknown_field') return;
    const params = { what, reason: error.message, hint: error.hint };
    scope.problems.push(problem('formula_invalid', params, position));
  }

  function positionOf(object: ObjectMeta, field: FieldMeta, path: readonly string[]) {
    const item = scope.items.get(object.name);
    return (
      item?.locate(['fields', field.name, ...path], path.length === 0 ? 'key' : 'value') ??
      object.position
    );
  }

  for (const object of objects.values()) {
    for (const field of object.fields.values()) if (field.type === 'formula') visit(object, field);
  }
  return new Map([...objects].map(([name, object]) => [name, withFormulas(object, nodes, order)]));
}

function withFormulas(
  object: ObjectMeta,
  nodes: ReadonlyMap<string, Node>,
  order: readonly FieldMeta[],
): ObjectMeta {
  const compiled = new Map<string, Node>();
  for (const field of object.fields.values()) {
    const node = nodes.get(`${object.name}.${field.name}`);
    if (node?.field !== undefined) compiled.set(field.name, node);
  }
  if (compiled.size === 0) return object;
  const own = new Set([...compiled.values()].map((node) => node.field));
  const fields = new Map(
    [...object.fields].map(([name, field]) => [name, compiled.get(name)?.field ?? field]),
  );
  const visible = [...fields.values()]
    .filter((field) => object.columns.has(field.name) || own.has(field))
    .map((field) => field.name);
  const virtual: ColumnSchema[] = [...compiled.values()].flatMap(({ field, expression }) =>
    field === undefined || expression?.sql === undefined
      ? []
      : [{ name: field.name, type: field.column, nullable: true, expression: expression.sql }],
  );
  return {
    ...object,
    fields,
    visible,
    columns: new Set(visible),
    formulas: order.filter((field) => own.has(field)),
    table: { ...object.table, columns: [...object.table.columns, ...virtual] },
  };
}

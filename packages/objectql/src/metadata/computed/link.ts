import { isObjectOSError } from '@objectos/spec/errors';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import { attachComputed } from './attach.js';
import type { Expression } from './expression.js';
import { compileFormulaField, TypeProblem, type FormulaScope } from './formula.js';
import { compileSummary, SummaryProblem } from './summary.js';

/** What linking needs, and where it tells what is wrong. */
export interface LinkScope {
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly items: ReadonlyMap<string, Merged>;
  /** Some object is not valid by itself, so what reads it cannot be judged. */
  readonly incomplete: boolean;
  readonly problems: MetadataProblem[];
}

/** A computed field on its way: being compiled, done, or wrong. */
export interface ComputedNode {
  state: 'open' | 'done';
  field?: FieldMeta;
  /** Of formulas. */
  expression?: Expression;
}

/**
 * Compiles formulas and roll-up summaries against all objects, each after the fields that it reads:
 * one graph of dependencies over all objects. A circle is refused and shown as a path.
 */
export function linkComputed(scope: LinkScope): Map<string, ObjectMeta> {
  const { objects } = scope;
  const nodes = new Map<string, ComputedNode>();
  const order: FieldMeta[] = [];
  const trail: string[] = [];

  function visit(object: ObjectMeta, field: FieldMeta): ComputedNode {
    const key = `${object.name}.${field.name}`;
    const known = nodes.get(key);
    if (known !== undefined) {
      if (known.state === 'open') reportCycle(scope, { trail, key, object, field });
      return known;
    }
    const node: ComputedNode = { state: 'open' };
    nodes.set(key, node);
    trail.push(key);
    compile(object, field, node);
    trail.pop();
    node.state = 'done';
    return node;
  }

  function compile(object: ObjectMeta, field: FieldMeta, node: ComputedNode): void {
    try {
      if (field.type === 'summary') {
        node.field = compileSummary(object, field, { objects, scopeOf });
        return;
      }
      const { field: compiled, expression } = compileFormulaField(field, scopeOf(object));
      node.field = compiled;
      node.expression = expression;
      order.push(compiled);
    } catch (error) {
      reportFailure(scope, { object, field }, error);
    }
  }

  function scopeOf(object: ObjectMeta): FormulaScope {
    return {
      objects,
      object,
      fieldAt({ field, read }) {
        if (!isLinked(field)) return field;
        const target = objects.get(read.object);
        return target === undefined ? undefined : visit(target, field).field;
      },
      linkedField: (name, fieldName) => nodes.get(`${name}.${fieldName}`)?.field,
      compiledField(name, fieldName) {
        const found = nodes.get(`${name}.${fieldName}`);
        return found?.field === undefined || found.expression === undefined
          ? undefined
          : { field: found.field, expression: found.expression };
      },
    };
  }

  for (const object of objects.values()) {
    for (const field of object.fields.values()) if (isLinked(field)) visit(object, field);
  }
  return attachComputed(objects, nodes, order);
}

function isLinked({ type }: FieldMeta): boolean {
  return type === 'formula' || type === 'summary';
}

interface Place {
  readonly object: ObjectMeta;
  readonly field: FieldMeta;
}

function reportCycle(
  scope: LinkScope,
  { trail, key, ...place }: Place & { readonly trail: readonly string[]; readonly key: string },
): void {
  const path = [...trail.slice(trail.indexOf(key)), key];
  scope.problems.push(problem('computed_cycle', { path }, positionOf(scope, place)));
}

function reportFailure(scope: LinkScope, place: Place, error: unknown): void {
  // What a circle leaves without a type was told as a circle.
  if (scope.problems.some(({ code }) => code === 'computed_cycle')) return;
  const { object, field } = place;
  const name = `${object.name}.${field.name}`;
  if (error instanceof SummaryProblem) {
    if (scope.incomplete) return;
    const position = positionOf(scope, place, 'summaryOperations');
    scope.problems.push(
      problem('summary_invalid', { field: name, reason: error.message }, position),
    );
    return;
  }
  const isSummary = field.type === 'summary';
  const what = isSummary ? `filter of "${name}"` : `formula of "${name}"`;
  const position = positionOf(scope, place, isSummary ? 'summaryOperations' : 'expression');
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

function positionOf(scope: LinkScope, { object, field }: Place, key?: string) {
  const item = scope.items.get(object.name);
  const path = ['fields', field.name];
  if (item === undefined) return object.position;
  return key === undefined ? item.locate(path, 'key') : item.locate([...path, key], 'value');
}

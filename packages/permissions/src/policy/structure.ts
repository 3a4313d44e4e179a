import type { AccessFilter, Comparison, Filter, Scalar } from '@objectos/spec/contracts';
import { normalizeFilter, type FieldMeta } from '@objectql/core';
import { EVERY, NONE, scalarOf, type Bindings, type Predicate } from './bindings.js';
import { fieldComparison, fits, membership } from './conditions.js';
import {
  PolicyProblem,
  resolvePath,
  resolveRelation,
  type PolicyScope,
  type ResolvedPath,
} from './fields.js';
import { allOf, anyOf, noneOf } from './simplify.js';
import { fillTemplates, templateNames } from './templates.js';

/**
 * Compiles a filter structure (any syntax that queries accept) with templates in it. A template
 * without a value never opens anything: its comparison is false.
 *
 * @throws {@link PolicyProblem}, and what `normalizeFilter` throws
 */
export function compilePolicyStructure(structure: unknown, scope: PolicyScope): Predicate {
  const userFields = templateNames(structure);
  const bind = (bindings: Bindings): AccessFilter => {
    const filter = normalizeFilter(fillTemplates(structure, bindings));
    return filter === undefined ? EVERY : convert(filter, scope, true);
  };
  // What is wrong with the structure shows with any user; values of the right shape stand in.
  bind({ user: sampleUser(userFields), now: new Date(0) });
  return { bind, volatile: false, userFields };
}

/** `positive` is false below an odd number of negations, where "opens nothing" means true. */
function convert(filter: Filter, scope: PolicyScope, positive: boolean): AccessFilter {
  switch (filter.op) {
    case 'and':
      return allOf(filter.args.map((arg) => convert(arg, scope, positive)));
    case 'or':
      return anyOf(filter.args.map((arg) => convert(arg, scope, positive)));
    case 'not':
      return noneOf(convert(filter.arg, scope, !positive));
    case 'compareFields':
      return compareFields(filter, scope);
    case 'related': {
      // Over a relation, a condition holds where the related record exists and fulfils it.
      const { target, wrap } = resolveRelation(scope, filter.relation);
      return wrap(convert(filter.where, { ...scope, meta: target }, positive));
    }
    case 'some':
    case 'tree':
      throw new PolicyProblem(
        `"${filter.op}" can't be used in a policy`,
        'Follow lookups upwards, like "account.region".',
      );
    default: {
      const pointing = filter.op === 'isNull' ? pointingHere(scope, filter.field) : undefined;
      if (pointing !== undefined) return filter.value === true ? noneOf(pointing) : pointing;
      const path = resolvePath(scope, filter.field.split('.'));
      const condition = onField(filter, path);
      if (condition !== undefined) return path.wrap(condition);
      return positive ? NONE : EVERY;
    }
  }
}

/** `{ member: { $exists: true } }`: whether records of another object point to this one at all. */
function pointingHere({ meta, objects }: PolicyScope, name: string): AccessFilter | undefined {
  const relation = meta.columns.has(name) ? undefined : meta.related.get(name);
  const target = relation?.kind === 'children' ? objects.get(relation.object) : undefined;
  if (relation?.kind !== 'children' || target === undefined) return undefined;
  const { via, only } = relation;
  const where = allOf([
    only === undefined ? EVERY : { op: 'eq', ...only },
    target.softDelete ? { op: 'isNull', field: 'deleted_at', value: true } : EVERY,
  ]);
  return { op: 'exists', object: target.name, on: [{ outer: 'id', inner: via }], where };
}

function compareFields(
  { operator, field, other }: Extract<Filter, { readonly op: 'compareFields' }>,
  scope: PolicyScope,
): AccessFilter {
  const [left, right] = [resolvePath(scope, [field]), resolvePath(scope, [other])];
  const filter = fieldComparison(SIGNS[operator], left, right);
  if (filter !== undefined) return filter;
  throw new PolicyProblem(
    `"${field}" and "${other}" can't be compared by "${operator}"`,
    'Compare fields of one kind; texts only for being equal.',
  );
}

const SIGNS = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** `undefined` when the value is missing (a template without one) or does not fit the field. */
function onField({ op, value }: Comparison, { field }: ResolvedPath): AccessFilter | undefined {
  const { name } = field;
  const single = scalarOf(value);
  if (op === 'isNull') return { op, field: name, value: value === true };
  if (op === 'in' || op === 'nin') {
    const values = listOf(value);
    if (op === 'in') return membership(field, values);
    return values.includes(null) ? undefined : noneOf(membership(field, values));
  }
  if (op === 'contains' || op === 'notContains' || isTextOperator(op)) {
    requireText(field, op);
    return typeof single === 'string' && single !== ''
      ? { op, field: name, value: single }
      : undefined;
  }
  if (field.column === 'json') {
    throw new PolicyProblem(`"${op}" can't compare the list "${name}"`, 'Use "contains".');
  }
  if (op === 'between') {
    const values = listOf(value);
    return values.length === 2 && values.every((one) => fits(field, one))
      ? { op, field: name, value: values }
      : undefined;
  }
  return fits(field, single) ? { op, field: name, value: single } : undefined;
}

function isTextOperator(op: string): boolean {
  return op === 'startsWith' || op === 'endsWith' || op === 'like' || op === 'ilike';
}

function requireText(field: FieldMeta, op: string): void {
  if (field.column === 'text' || (field.multiple && op.toLowerCase().endsWith('contains'))) return;
  throw new PolicyProblem(`"${op}" works on texts, and "${field.name}" is none`, 'Compare it.');
}

function listOf(value: Comparison['value']): readonly Scalar[] {
  if (typeof value === 'object' && value !== null) return value.map(scalarOf);
  return value === null ? [] : [value];
}

function sampleUser(names: ReadonlySet<string>): Record<string, unknown> {
  const lists = new Set(['roles', 'groups']);
  return Object.fromEntries([...names].map((name) => [name, lists.has(name) ? ['x'] : 'x']));
}

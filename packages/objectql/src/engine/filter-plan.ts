import type { Comparison, FieldComparison, Filter } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { RowFilter } from '../driver/row-filter.js';
import type { FieldMeta, ObjectMeta } from '../metadata/compiled.js';
import { conjunction } from './conjunction.js';
import type { Admission } from './access.js';
import { holdsForNothing } from './empty-record.js';
import { refuseFilter, typedComparison } from './filter-values.js';
import {
  findRelation,
  isReadable,
  requireRelation,
  type Relation,
  type View,
} from './relations.js';

/** Relations that one condition may lead through. */
export const MAX_RELATION_DEPTH = 5;
/** Relations that a whole filter may follow: each is a subquery. */
export const MAX_RELATED_CONDITIONS = 20;

/** What is not in the trash. */
export const LIVE: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };

/** Where in a filter the planner stands. */
interface Place {
  readonly view: View;
  readonly depth: number;
  readonly cost: { relations: number };
}

/**
 * Finds a field the principal may read. One that is hidden, inactive or misspelt answers in exactly
 * the same way, and only readable names are suggested.
 */
export function readableField(admission: Admission, name: string): FieldMeta {
  const { meta } = admission;
  const field = meta.fields.get(name);
  if (field !== undefined && isReadable(admission, name)) return field;
  throw createError('unknown_field', {
    object: meta.name,
    field: name,
    suggestion: suggest(name, admission.visible),
  });
}

/**
 * Checks a filter against the object, gives its values the types of the fields, and turns relations
 * into subqueries with the gate of the related object in them: its row filter, its readable fields,
 * its trash.
 *
 * @throws `unknown_field`, `invalid_filter`, `limit_exceeded`
 */
export function planFilter(view: View, filter: Filter): RowFilter {
  return plan(filter, { view, depth: 0, cost: { relations: 0 } });
}

/** The rows of an object that exist for a principal: what the gate lets through, without the trash. */
export function gateOf({ meta, rows }: Admission): RowFilter | undefined {
  return conjunction(rows, liveOf(meta));
}

function liveOf(meta: ObjectMeta): RowFilter | undefined {
  return meta.softDelete ? LIVE : undefined;
}

function plan(filter: Filter, place: Place): RowFilter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, args: filter.args.map((arg) => plan(arg, place)) };
    case 'not':
      return { op: 'not', arg: plan(filter.arg, place) };
    case 'compareFields':
      return planFieldComparison(place.view.admission, filter);
    case 'related':
    case 'some':
      return planRelated(filter, place);
    case 'tree':
      throw createError('invalid_filter', { reason: `"${filter.operator}" is not available` });
    default:
      return planComparison(filter, place);
  }
}

function planComparison(comparison: Comparison, place: Place): RowFilter {
  const { admission } = place.view;
  const { field, op, value } = comparison;
  if (op === 'isNull' && !admission.meta.fields.has(field)) {
    const relation = findRelation(place.view, field);
    if (relation !== undefined) return planPresence(relation, value !== true, place);
  }
  return typedComparison(readableField(admission, field), comparison);
}

/** `{"contact": {"$exists": true}}`: whether there are records at all. */
function planPresence(relation: Relation, wanted: boolean, place: Place): RowFilter {
  enter(place);
  const exists = follow(relation, undefined);
  return wanted ? exists : { op: 'not', arg: exists };
}

function planFieldComparison(admission: Admission, filter: FieldComparison): RowFilter {
  const left = readableField(admission, filter.field);
  const right = readableField(admission, filter.other);
  for (const field of [left, right]) {
    if (!field.filterable || field.column === 'json') {
      throw refuseFilter(field, 'this field cannot be compared with another one');
    }
  }
  if (kindOf(left) !== kindOf(right)) {
    throw refuseFilter(
      left,
      `it cannot be compared with "${right.name}", which is of another kind`,
    );
  }
  return {
    op: 'compareFields',
    operator: filter.operator,
    left: left.name,
    right: right.name,
  };
}

function kindOf({ column }: FieldMeta): string {
  return column === 'integer' || column === 'real' || column === 'decimal' ? 'number' : column;
}

/**
 * A relation that leads nowhere counts as an empty record, except with `some`. Where the condition
 * holds for an empty record, it is asked the other way round: no related record breaks it.
 */
function planRelated(filter: Extract<Filter, { op: 'related' | 'some' }>, place: Place): RowFilter {
  const relation = requireRelation(place.view, filter.relation);
  const inner = enter(place);
  const where = plan(filter.where, { ...inner, view: relation.target });
  const single = relation.meta.kind === 'one' && filter.op === 'related';
  if (!single || !holdsForNothing(where)) return follow(relation, where);
  return { op: 'not', arg: follow(relation, { op: 'not', arg: where }) };
}

/** One relation further, within the limits. */
function enter({ view, depth, cost }: Place): Place {
  cost.relations += 1;
  checkLimit('relations in a row', MAX_RELATION_DEPTH, depth + 1);
  checkLimit('relations of a filter', MAX_RELATED_CONDITIONS, cost.relations);
  return { view, depth: depth + 1, cost };
}

function checkLimit(limit: string, max: number, actual: number): void {
  if (actual > max) throw createError('limit_exceeded', { limit, max, actual });
}

function follow({ meta, target }: Relation, where: RowFilter | undefined): RowFilter {
  const { admission } = target;
  const { table } = admission.meta;
  const condition = conjunction(where, gateOf(admission));
  switch (meta.kind) {
    case 'one':
      return {
        op: 'exists',
        table,
        on: [{ outer: meta.field.name, inner: 'id' }],
        where: condition,
      };
    case 'children':
      return { op: 'exists', table, on: [{ outer: 'id', inner: meta.via }], where: condition };
    case 'list':
      throw refuseFilter(meta.field, 'conditions on a list of references are not available');
  }
}

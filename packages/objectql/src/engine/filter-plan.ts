import type { Comparison, FieldComparison, Filter, TreeFilter } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { RowFilter } from '../driver/row-filter.js';
import type { FieldMeta } from '../metadata/compiled.js';
import { comparisonOf, conjunction } from './conjunction.js';
import type { Admission } from './access.js';
import { holdsForNothing } from './empty-record.js';
import { follow, gateOf } from './follow.js';
import { refuseFilter, typedComparison } from './filter-values.js';
import { isId } from './ids.js';
import { columnIn } from './translation/language.js';
import { byName, fieldsOf } from './membership.js';
import {
  findRelation,
  isPolymorphic,
  isReadable,
  requireRelation,
  type DirectRelation,
  type LinkedRelation,
  type PolymorphicRelation,
  type Relation,
  type View,
} from './relations.js';

/** Relations that one condition may lead through. */
export const MAX_RELATION_DEPTH = 5;
/** Relations that a whole filter may follow: each is a subquery. */
export const MAX_RELATED_CONDITIONS = 20;

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
      return planTree(filter, place.view);
    default:
      return planComparison(filter, place);
  }
}

function planComparison(comparison: Comparison, place: Place): RowFilter {
  const { admission } = place.view;
  const { field, op, value } = comparison;
  if (op === 'isNull' && !admission.meta.columns.has(field)) {
    const relation = findRelation(place.view, field);
    if (relation !== undefined) return planPresence(relation, value !== true, place);
  }
  const found = readableField(admission, field);
  return comparisonOf({ ...typedComparison(found, comparison), field: columnIn(admission, found) });
}

/** `{"contact": {"$exists": true}}`: whether there are records at all. */
function planPresence(relation: Relation, wanted: boolean, place: Place): RowFilter {
  enter(place);
  if (isPolymorphic(relation)) throw sayWhich(relation);
  const exists = follow(namedIn(relation), undefined);
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
    left: columnIn(admission, left),
    right: columnIn(admission, right),
  };
}

function kindOf({ column }: FieldMeta): string {
  return column === 'integer' || column === 'real' || column === 'decimal' ? 'number' : column;
}

/**
 * A relation that leads nowhere counts as an empty record, except with `some`. Where the condition
 * holds for an empty record, it is asked the other way round: no related record breaks it.
 */
function planRelated(filter: Followed, place: Place): RowFilter {
  const relation = requireRelation(place.view, filter.relation);
  const inner = enter(place);
  if (isPolymorphic(relation)) return planPolymorphic(relation, filter.where, inner);
  const followed = namedIn(relation, filter.where);
  const where = plan(filter.where, { ...inner, view: followed.target });
  const single = relation.meta.kind === 'one' && filter.op === 'related';
  return single ? empties(followed, where) : follow(followed, where);
}

/** The relation, to what it names where no more than the name is asked. */
function namedIn<R extends DirectRelation | LinkedRelation>(relation: R, where?: Filter): R {
  if (relation.meta.kind !== 'one') return relation;
  return { ...relation, target: namedTarget(relation.target, where) };
}

function namedTarget(target: View, where: Filter | undefined): View {
  const { admission } = target;
  const fields = where === undefined ? [] : fieldsOf(where);
  if (admission.named === undefined || fields === undefined) return target;
  return { ...target, admission: byName(admission, fields) };
}

type Followed = Extract<Filter, { op: 'related' | 'some' }>;

function empties(relation: DirectRelation | LinkedRelation, where: RowFilter): RowFilter {
  if (!holdsForNothing(where)) return follow(relation, where);
  return { op: 'not', arg: follow(relation, { op: 'not', arg: where }) };
}

/** Below a polymorphic lookup stands the object that is meant: `subject.account.name`. */
function planPolymorphic(relation: PolymorphicRelation, where: Filter, place: Place): RowFilter {
  switch (where.op) {
    case 'and':
    case 'or': {
      const args = where.args.map((arg) => planPolymorphic(relation, arg, place));
      return { op: where.op, args };
    }
    case 'not':
      return { op: 'not', arg: planPolymorphic(relation, where.arg, place) };
    case 'related':
    case 'some':
      return planOneOf(relation, where, place);
    default:
      throw sayWhich(relation);
  }
}

function planOneOf(relation: PolymorphicRelation, where: Followed, place: Place): RowFilter {
  const seen = relation.targets.get(where.relation);
  if (seen === undefined) throw sayWhich(relation);
  const target = namedTarget(seen, where.where);
  const { field, polymorphic } = relation.meta;
  const { table, name } = target.admission.meta;
  const condition = plan(where.where, { ...place, view: target });
  const ofObject: RowFilter = { op: 'eq', field: polymorphic.objectField, value: name };
  const found = (wanted: RowFilter): RowFilter => ({
    op: 'exists',
    table,
    on: [{ outer: field.name, inner: 'id' }],
    where: conjunction(wanted, gateOf(target.admission)),
  });
  if (where.op === 'some' || !holdsForNothing(condition)) {
    return { op: 'and', args: [ofObject, found(condition)] };
  }
  const broken: RowFilter = { op: 'and', args: [ofObject, found({ op: 'not', arg: condition })] };
  return { op: 'not', arg: broken };
}

function sayWhich({ meta, targets }: PolymorphicRelation): Error {
  const names = [...targets.keys()].map((name) => `"${meta.name}.${name}"`);
  return refuseFilter(meta.field, `say which object is meant: ${names.join(', ')}`);
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

/** Places in a hierarchy: every step of the way passes the gate of the object. */
function planTree(filter: TreeFilter, { admission }: View): RowFilter {
  const field = readableField(admission, filter.field);
  if (field.reference !== admission.meta.name || field.multiple) {
    throw refuseFilter(field, `it makes no hierarchy, so it has no "${filter.operator}"`);
  }
  // What cannot be an id is above and below nothing; a database may refuse to compare it.
  if (!isId(filter.value)) return { op: 'or', args: [] };
  return {
    op: 'tree',
    table: admission.meta.table,
    parent: field.name,
    direction: filter.operator === 'descendantsOf' ? 'down' : 'up',
    root: filter.value,
    where: gateOf(admission),
  };
}

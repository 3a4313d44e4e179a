import type { AggregateItem, AggregateQuery, GroupKey, SortKey } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Aggregation, AggregateStatement } from '../driver/contract.js';
import type { GroupKey as RowGroupKey } from '../driver/group-key.js';
import { isTimeZone } from '../driver/time-bucket.js';
import type { FieldMeta } from '../metadata/compiled.js';
import { planFilter, readableField } from './filter-plan.js';
import { planHaving, type Output } from './having-plan.js';
import { createDerivedColumns, planPath, type DerivedColumns } from './path-plan.js';
import { planWhere } from './query-plan.js';
import type { View } from './relations.js';
import { columnIn } from './translation/language.js';

/** What one query may group by. */
export const MAX_GROUP_KEYS = 10;
/** Values that one query may compute. */
export const MAX_AGGREGATIONS = 20;
/** Most groups of one answer. */
export const MAX_GROUPS = 10_000;
/** Groups of an answer when the query does not say. */
export const DEFAULT_GROUPS = 1_000;

/** An aggregate query that passed the gate. */
export interface PlannedAggregate {
  /** Asks for one group more than wanted, to know whether there is another one. */
  readonly statement: AggregateStatement;
  readonly limit: number;
  /** Names of the driver's columns, and those of the answer. */
  readonly outputs: readonly Output[];
}

/**
 * Plans an aggregate query. Names, filters and related fields pass the same gate as in a list: only
 * rows that the principal may see are in a group, and a field that may not be read is unknown.
 *
 * @throws `unknown_field`, `invalid_filter`, `invalid_aggregate`, `limit_exceeded`
 */
export function planAggregate(view: View, query: AggregateQuery): PlannedAggregate {
  const keys = query.groupBy ?? [];
  const items = query.aggregations ?? [];
  checkLimit('group keys', MAX_GROUP_KEYS, keys.length);
  checkLimit('aggregations', MAX_AGGREGATIONS, items.length);
  if (keys.length + items.length === 0) throw refuse('it asks for no group and no value');
  const derived = createDerivedColumns();
  const groups = keys.map((key, at) => planGroup(view, key, { column: `g:${at}`, derived }));
  const values = items.map((item, at) => planValue(view, item, { column: `a:${at}`, derived }));
  const outputs = [...groups, ...values].map(({ output }) => output);
  checkNames(outputs);
  const limit = groupLimit(query.limit);
  return {
    limit,
    outputs,
    statement: {
      table: view.admission.meta.table,
      ...(derived.list.length === 0 ? {} : { derived: derived.list }),
      groupBy: groups.map(({ key }) => key),
      aggregations: values.map(({ aggregation }) => aggregation),
      where: planWhere(view, query),
      having: query.having === undefined ? undefined : planHaving(outputs, query.having),
      orderBy: planOrder(outputs, groups.length, query),
      limit: limit + 1,
      ...(query.offset === undefined ? {} : { offset: query.offset }),
    },
  };
}

/** The name that the driver knows a value by, and where it may make columns. */
interface Place {
  readonly column: string;
  readonly derived: DerivedColumns;
}

interface PlannedGroup {
  readonly key: RowGroupKey;
  readonly output: Output;
}

function planGroup(view: View, key: GroupKey, { column, derived }: Place): PlannedGroup {
  const path = planPath(view, key.field, refuse);
  const { field } = path;
  if (field.column === 'json' || !field.filterable) {
    throw refuse(`"${key.field}" holds no single value to group by`);
  }
  const source = derived.ofPath(path);
  const alias = key.alias ?? key.field;
  if (key.bucket === undefined) {
    if (key.timeZone !== undefined) throw refuse('a time zone needs a bucket');
    return { key: source, output: { column: source, alias, type: field.column } };
  }
  checkBucket(field, key);
  return {
    key: { column: source, unit: key.bucket, timeZone: key.timeZone ?? 'UTC', alias: column },
    output: { column, alias, type: 'date' },
  };
}

function checkBucket(field: FieldMeta, { field: name, timeZone }: GroupKey): void {
  if (field.column !== 'date' && field.column !== 'datetime') {
    throw refuse(`"${name}" is no date, so it has no bucket`);
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw refuse(`"${timeZone.slice(0, 60)}" is no time zone; use a name like "Europe/Berlin"`);
  }
}

interface PlannedValue {
  readonly aggregation: Aggregation;
  readonly output: Output;
}

function planValue(view: View, item: AggregateItem, place: Place): PlannedValue {
  const { field: name, function: operation } = item;
  const { column } = place;
  const alias = item.alias ?? (name === undefined ? operation : `${operation}_${name}`);
  const when = item.where === undefined ? undefined : planFilter(view, item.where);
  const source = (own: string | undefined) =>
    when === undefined ? own : place.derived.where(when, own);
  if (name === undefined) {
    if (operation !== 'count') throw refuse(`"${operation}" needs a field`);
    const aggregation: Aggregation = {
      function: 'count',
      column: source(undefined),
      alias: column,
    };
    return { aggregation, output: { column, alias, type: 'integer' } };
  }
  const field = readableField(view.admission, name);
  checkValue(field, operation);
  const own = operation === 'count_distinct' ? 'countDistinct' : operation;
  return {
    aggregation: { function: own, column: source(columnIn(view.admission, field)), alias: column },
    output: { column, alias, type: typeOf(field, operation) },
  };
}

const NUMERIC: ReadonlySet<FieldMeta['column']> = new Set(['integer', 'real', 'decimal']);

function checkValue(field: FieldMeta, operation: AggregateItem['function']): void {
  if (operation === 'count') return;
  if (field.column === 'json' || !field.filterable) {
    throw refuse(`"${operation}" needs a field with a single value, which "${field.name}" is not`);
  }
  if (operation === 'count_distinct') return;
  const isNumber = NUMERIC.has(field.column);
  if ((operation === 'sum' || operation === 'avg') && !isNumber) {
    throw refuse(`"${operation}" needs a number, which "${field.name}" is not`);
  }
  if (field.column === 'boolean') throw refuse(`"${field.name}" has no ${operation}`);
}

function typeOf(field: FieldMeta, operation: AggregateItem['function']): FieldMeta['column'] {
  if (operation === 'count' || operation === 'count_distinct') return 'integer';
  return operation === 'avg' ? 'real' : field.column;
}

/** The values of the groups come last, so that the order of groups is stable. */
function planOrder(
  outputs: readonly Output[],
  groups: number,
  { orderBy = [] }: AggregateQuery,
): SortKey[] {
  const keys = orderBy.map(({ field, direction }): SortKey => {
    const output = outputs.find((one) => one.alias === field);
    if (output !== undefined) return { field: output.column, direction };
    throw createError('invalid_sort', {
      reason: `"${field}" is none of ${outputs.map((one) => one.alias).join(', ')}`,
    });
  });
  const rest = outputs
    .slice(0, groups)
    .filter(({ column }) => !keys.some((key) => key.field === column));
  return [...keys, ...rest.map(({ column }): SortKey => ({ field: column, direction: 'asc' }))];
}

const ALIAS = /^[A-Za-z_][\w.]{0,191}$/;

function checkNames(outputs: readonly Output[]): void {
  const seen = new Set<string>();
  for (const { alias } of outputs) {
    if (!ALIAS.test(alias) || alias in Object.prototype) {
      throw refuse(`"${alias.slice(0, 60)}" is no name for a value`);
    }
    if (seen.has(alias)) throw refuse(`two values are called "${alias}"; give them an alias`);
    seen.add(alias);
  }
}

function groupLimit(limit = DEFAULT_GROUPS): number {
  if (!Number.isInteger(limit) || limit < 1) {
    throw createError('invalid_parameter', { parameter: 'limit', reason: 'expected 1 or more' });
  }
  checkLimit('groups', MAX_GROUPS, limit);
  return limit;
}

function checkLimit(limit: string, max: number, actual: number): void {
  if (actual > max) throw createError('limit_exceeded', { limit, max, actual });
}

function refuse(reason: string): Error {
  return createError('invalid_aggregate', { reason });
}

import {
  AGGREGATE_FUNCTIONS,
  DATE_BUCKETS,
  type AggregateFunction,
  type AggregateItem,
  type AggregateQuery,
  type DateBucket,
  type Filter,
  type GroupKey,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { normalizeFilter } from './filter.js';
import { pageOffset } from './paging.js';
import { conditions, refuseParts, textPart } from './parts.js';
import { checkLimit, invalidParameter, shown } from './refuse.js';
import { isFieldPath, isList, isPlainObject, type PlainObject } from './shapes.js';
import { normalizeSort } from './sort.js';
import type { GivenParts } from './synonyms.js';

/**
 * The aggregate query that the given parts make.
 *
 * @throws `invalid_aggregate`, `invalid_parameter`, and what filters and sorts throw
 */
export function aggregateFromParts(given: GivenParts, also: readonly Filter[]): AggregateQuery {
  const without = ['select', 'expand', 'cursor', 'count', 'highlight', 'near'] as const;
  refuseParts(given, without, 'it is for records, and this query asks for groups');
  const groupBy = normalizeGroupBy(given.get('groupBy')?.value);
  const aggregations = normalizeAggregations(given.get('aggregations')?.value);
  const where = conditions(given.get('filter')?.value, also);
  const having = normalizeFilter(given.get('having')?.value);
  const orderBy = normalizeSort(given.get('sort')?.value);
  const search = textPart(given, 'search');
  const top = given.get('top');
  const skip = given.get('skip');
  return {
    ...(groupBy.length === 0 ? {} : { groupBy }),
    ...(aggregations.length === 0 ? {} : { aggregations }),
    ...(where === undefined ? {} : { where }),
    ...(search === undefined ? {} : { search }),
    ...(having === undefined ? {} : { having }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
    ...(top === undefined ? {} : { limit: groupLimit(top.name, top.value) }),
    ...(skip === undefined ? {} : { offset: pageOffset(skip.name, skip.value) }),
  };
}

/**
 * Reads what to group by: `stage,account.region`, with a span of time `closed_at:month`, with its
 * time zone `closed_at:month:Europe/Berlin`; a list of such texts or of
 * `{ field, bucket, timeZone, alias }`; or JSON text of a list.
 *
 * @throws `invalid_aggregate`, `limit_exceeded`
 */
export function normalizeGroupBy(input: unknown): GroupKey[] {
  const members = membersOf(input, 'groupBy');
  checkLimit('group.keys', members.length);
  return members.map((member) => {
    if (typeof member === 'string') return groupFromText(member.trim());
    if (isPlainObject(member)) return groupFromObject(member);
    throw refuse(`a group is a field, not ${shown(member)}`);
  });
}

/**
 * Reads what to compute: `count,sum:amount,avg:amount:mean`, or a list of such texts or of
 * `{ function, field, alias, where }` (also `func`, `filter`, and `distinct` for counts); or JSON
 * text of a list.
 *
 * @throws `invalid_aggregate`, `limit_exceeded`, and what filters throw
 */
export function normalizeAggregations(input: unknown): AggregateItem[] {
  const members = membersOf(input, 'aggregations');
  checkLimit('aggregations', members.length);
  return members.map((member) => {
    if (typeof member === 'string') return valueFromText(member.trim());
    if (isPlainObject(member)) return valueFromObject(member);
    throw refuse(`a value is a function of a field, not ${shown(member)}`);
  });
}

function membersOf(input: unknown, name: string): readonly unknown[] {
  if (input === undefined || input === null || input === '') return [];
  if (isList(input)) return Array.from(input);
  if (isPlainObject(input)) return [input];
  if (typeof input !== 'string') {
    throw invalidParameter(name, `it is a list, not ${shown(input)}`);
  }
  const text = input.trim();
  if (!/^[[{]/.test(text)) return text.split(',');
  try {
    return membersOf(JSON.parse(text), name);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidParameter(name, `${shown(text)} is not JSON`);
    throw error;
  }
}

function groupFromText(text: string): GroupKey {
  const [field, bucket, ...zone] = text.split(':');
  const timeZone = zone.length === 0 ? undefined : zone.join(':');
  return groupKey({ field, bucket, timeZone });
}

function groupFromObject(input: PlainObject): GroupKey {
  refuseKeys(input, ['field', 'bucket', 'timeZone', 'alias']);
  return groupKey(input);
}

function groupKey(input: PlainObject): GroupKey {
  const { field, bucket, timeZone, alias } = input;
  const key = { field: fieldName(field), ...named(alias) };
  if (bucket === undefined || bucket === null) {
    if (timeZone !== undefined) throw refuse('a time zone needs a bucket');
    return key;
  }
  const zone = timeZone === undefined ? {} : { timeZone: textOf('timeZone', timeZone) };
  return { ...key, bucket: bucketOf(bucket), ...zone };
}

function bucketOf(input: unknown): DateBucket {
  const bucket = DATE_BUCKETS.find((one) => one === input);
  if (bucket !== undefined) return bucket;
  throw refuse(`${shown(input)} is none of the buckets ${DATE_BUCKETS.join(', ')}`);
}

function valueFromText(text: string): AggregateItem {
  const [name, field, alias, ...rest] = text.split(':');
  if (rest.length > 0) throw refuse(`${shown(text)} is no function of a field`);
  return { function: functionOf(name, false), ...onField(field), ...named(alias) };
}

function valueFromObject(input: PlainObject): AggregateItem {
  refuseKeys(input, ['function', 'func', 'field', 'alias', 'distinct', 'where', 'filter']);
  const name = input['function'] ?? input['func'];
  const distinct = input['distinct'] ?? false;
  if (typeof distinct !== 'boolean') throw refuse(`"distinct" is true or false`);
  const where = normalizeFilter(input['where'] ?? input['filter']);
  return {
    function: functionOf(name, distinct),
    ...onField(input['field']),
    ...named(input['alias']),
    ...(where === undefined ? {} : { where }),
  };
}

const SPELLINGS: ReadonlyMap<string, AggregateFunction> = new Map([
  ...AGGREGATE_FUNCTIONS.map((name) => [name, name] as const),
  ['countdistinct', 'count_distinct'],
  ['average', 'avg'],
  ['minimum', 'min'],
  ['maximum', 'max'],
]);

function functionOf(input: unknown, distinct: boolean): AggregateFunction {
  const found = typeof input === 'string' ? SPELLINGS.get(input.toLowerCase()) : undefined;
  if (found === undefined) {
    const nearest = typeof input === 'string' ? suggest(input, AGGREGATE_FUNCTIONS) : undefined;
    const hint = nearest === undefined ? '' : `, did you mean "${nearest}"`;
    throw refuse(`${shown(input)} is no function${hint}`);
  }
  if (!distinct || found === 'count_distinct') return found;
  if (found === 'count') return 'count_distinct';
  throw refuse(`"${found}" of different values only is not available`);
}

/** `*` is what some clients send to count records. */
function onField(input: unknown): { readonly field?: string } {
  if (input === undefined || input === null || input === '' || input === '*') return {};
  return { field: fieldName(input) };
}

function fieldName(input: unknown): string {
  if (typeof input !== 'string' || !isFieldPath(input)) {
    throw refuse(`${shown(input)} is not a field name`);
  }
  checkLimit('field.path', input.split('.').length);
  return input;
}

function named(alias: unknown): { readonly alias?: string } {
  return alias === undefined || alias === null ? {} : { alias: textOf('alias', alias) };
}

function textOf(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw refuse(`"${key}" is text, not ${shown(value)}`);
}

function refuseKeys(input: PlainObject, known: readonly string[]): void {
  const other = Object.keys(input).find((key) => !known.includes(key));
  if (other !== undefined) throw refuse(`${shown(other)} is none of ${known.join(', ')}`);
}

function groupLimit(name: string, value: unknown): number {
  const limit = pageOffset(name, value);
  checkLimit('groups', limit);
  return limit;
}

function refuse(reason: string): Error {
  return createError('invalid_aggregate', { reason });
}

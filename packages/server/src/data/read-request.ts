import type {
  AggregateQuery,
  DataEngine,
  ExecutionContext,
  OnceAccess,
  Query,
  RecordData,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest, type ApiMethod } from '@objectos/spec/metadata';
import {
  isId,
  nestedTargets,
  parseAggregateParameters,
  parseQueryParameters,
  parseReadParameters,
  type MetadataSnapshot,
  type ObjectMeta,
  type ReadRequest,
} from '@objectql/core';

const EVERYTHING: ReadRequest = { kind: 'list', query: { count: true } };

type Selection = Pick<Query, 'fields' | 'expand'>;

/**
 * Finds an object that the API offers. One of the engine itself, or one with its API switched off,
 * is to a client as if it did not exist.
 *
 * @throws `object_not_found`, `method_not_enabled`
 */
export function requireMethod(
  snapshot: MetadataSnapshot,
  object: string,
  ...methods: readonly ApiMethod[]
): ObjectMeta {
  const meta = snapshot.objects.get(object);
  if (meta === undefined || !isOffered(meta)) {
    throw createError('object_not_found', {
      object: object.slice(0, 64),
      suggestion: nearest(snapshot, object),
    });
  }
  for (const method of methods) {
    if (!meta.methods.has(method)) throw createError('method_not_enabled', { object, method });
  }
  return meta;
}

/**
 * What nested data does to other objects, for the access of a write. Refuses what the API does not offer.
 *
 * @throws `object_not_found`, `method_not_enabled`
 */
export function nestedAccess(
  snapshot: MetadataSnapshot,
  object: string,
  records: readonly RecordData[],
): OnceAccess[] {
  const byKey = new Map<string, OnceAccess>();
  for (const { object: other, method } of records.flatMap((data) =>
    nestedTargets(snapshot, object, data),
  )) {
    const key = `${method} ${other}`;
    if (byKey.has(key)) continue;
    requireMethod(snapshot, other, method);
    byKey.set(key, { object: other, operations: [method] });
  }
  return [...byKey.values()];
}

/**
 * Refuses what cannot be the id of a record before the database sees it, in the words of any other
 * record that is not there.
 *
 * @throws `record_not_found`
 */
export function requireId(object: string, id: string): void {
  const shown = id.slice(0, 64);
  if (!isId(id)) throw createError('record_not_found', { object, id: shown });
}

/** True for an object that clients may know of. */
export function isOffered(meta: ObjectMeta): boolean {
  return !meta.system && meta.methods.size > 0;
}

function nearest(snapshot: MetadataSnapshot, object: string): string | undefined {
  const offered = [...snapshot.objects.values()].filter(isOffered).map((meta) => meta.name);
  return suggest(object, offered);
}

/** What reading the query of a URL needs to know. */
interface UrlScope {
  readonly engine: DataEngine;
  readonly object: string;
  readonly ctx: ExecutionContext;
}

/** Reads the query of `GET /:object`: records, or with `groupBy` or `aggregations` groups of them. */
export function listRequest(url: string | undefined, scope: UrlScope): ReadRequest {
  const text = queryText(url);
  if (text === '') return EVERYTHING;
  return parseReadParameters(new URLSearchParams(text), fieldsOf(scope));
}

/** Reads the query of `GET /:object/aggregate`. */
export function aggregateQuery(url: string | undefined, scope: UrlScope): AggregateQuery {
  return parseAggregateParameters(new URLSearchParams(queryText(url)), fieldsOf(scope));
}

/** A field, or the first part of a path, may be named where the principal may read or follow it. */
function fieldsOf({ engine, object, ctx }: UrlScope) {
  const readable = lazily(() => engine.readableFields(object, ctx));
  return {
    hasField: (name: string) => readable().has(name),
    fieldNames: () => readable(),
  };
}

/** Reads what to export: columns, filter, order. @throws `unknown_parameter` for the rest of a list's */
export function exportQuery(
  parameters: URLSearchParams,
  options: { readonly engine: DataEngine; readonly object: string; readonly ctx: ExecutionContext },
): Pick<Query, 'fields' | 'where' | 'orderBy'> {
  const readable = lazily(() => options.engine.readableFields(options.object, options.ctx));
  const { fields, where, orderBy, ...rest } = parseQueryParameters(parameters, {
    hasField: (name) => readable().has(name),
    fieldNames: () => readable(),
  });
  // Over HTTP a list counts unless told otherwise; that alone is no wish of the client.
  const counts = parameters.has('count') || parameters.has('$count');
  const [other] = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined || (name === 'count' && !counts) ? [] : [name],
  );
  if (other !== undefined) throw createError('option_not_supported', { option: other });
  return { fields, where, orderBy };
}

/** Reads `select` and `expand` of `GET /:object/:id`, the only parameters that one record knows. */
export function recordSelection(url: string | undefined): Selection | undefined {
  const text = queryText(url);
  if (text === '') return undefined;
  const parameters = new URLSearchParams(text);
  for (const name of parameters.keys()) {
    if (!SELECTION.has(name))
      throw createError('unknown_parameter', { parameter: name.slice(0, 60) });
  }
  const nothing = { hasField: () => false, fieldNames: () => [] };
  const { fields, expand } = parseQueryParameters(parameters, nothing);
  return { fields, expand };
}

const SELECTION: ReadonlySet<string> = new Set([
  ...['select', 'fields', '$select'],
  ...['expand', 'populate', 'include', '$expand'],
]);

/** Reads `by` of `POST /:object/upsert`, the fields that find the record. @throws `invalid_parameter` */
export function keyFields(url: string | undefined): readonly string[] {
  const parameters = new URLSearchParams(queryText(url));
  for (const name of parameters.keys()) {
    if (name !== 'by') throw createError('unknown_parameter', { parameter: name.slice(0, 60) });
  }
  const fields = parameters
    .getAll('by')
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (fields.length > 0 && fields.length <= 8) return fields;
  throw createError('invalid_parameter', {
    parameter: 'by',
    reason: 'it names the field, or up to 8 fields, that find the record',
  });
}

/** A record in a body. @throws `body_invalid` */
export function recordBody(body: unknown): RecordData {
  if (isRecord(body)) return body;
  throw createError('body_invalid', {
    reason: 'it is not a JSON object of field names and values',
  });
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is RecordData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The query string of a URL, without its question mark. */
export function queryText(url: string | undefined): string {
  const start = url?.indexOf('?') ?? -1;
  return start === -1 ? '' : (url ?? '').slice(start + 1).replace(/#.*$/s, '');
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

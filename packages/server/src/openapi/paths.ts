import type { ApiMethod } from '@objectos/spec/metadata';
import type { ObjectMeta } from '@objectql/core';
import { envelope, schemaRef } from './components.js';
import type { JsonSchema } from './field-schema.js';
import { transferPaths } from './transfer-paths.js';
import {
  AGGREGATE_PARAMETERS,
  LIST_PARAMETERS,
  LOCALE,
  header,
  query,
  type Operation,
} from './parameters.js';

type Paths = Record<string, Record<string, Operation>>;

interface Described {
  readonly id: string;
  readonly summary: string;
  readonly body?: JsonSchema;
  readonly answer?: JsonSchema;
  readonly status?: number;
  readonly parameters?: readonly Operation[];
}

const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 64 } };
const IF_MATCH = header('If-Match', 'ETags of the revisions at which the write may go through');
/** What every write takes. */
const WRITE_HEADERS: readonly Operation[] = [
  header('Idempotency-Key', 'Your name of this request: it has one effect within 24 hours'),
  header('Prefer', '"dry-run" tells what the write would do; "merge" merges a stale change'),
];

const FILTER = { description: 'A filter: {"status":{"$eq":"new"}} or ["status","=","new"].' };

/** The paths that serve one object; a method that is switched off is left out. */
export function objectPaths(meta: ObjectMeta): Paths {
  const { name, methods } = meta;
  const base = `/api/data/${name}`;
  const paths: Paths = {};
  const add = (path: string, method: string, needs: readonly ApiMethod[], operation: Described) => {
    if (!needs.every((need) => methods.has(need))) return;
    const isWrite = !needs.every((need) => need === 'get' || need === 'list');
    const spoken = meta.translated.length === 0 ? operation : withParameters(operation, [LOCALE]);
    const described = isWrite ? withParameters(spoken, WRITE_HEADERS) : spoken;
    (paths[path] ??= {})[method] = describe(name, described);
  };
  addReads(meta, base, add);
  addWrites(meta, base, add);
  addBulk(meta, base, add);
  return { ...paths, ...transferPaths(meta) };
}

function withParameters(operation: Described, more: readonly Operation[]): Described {
  return { ...operation, parameters: [...(operation.parameters ?? []), ...more] };
}

type Add = (
  path: string,
  method: string,
  needs: readonly ApiMethod[],
  operation: Described,
) => void;

function addReads(meta: ObjectMeta, base: string, add: Add): void {
  const { name, label, pluralLabel } = meta;
  const page = envelope(pageSchema(name));
  add(base, 'get', ['list'], {
    id: `list_${name}`,
    summary: `A page of ${pluralLabel}`,
    parameters: LIST_PARAMETERS,
    answer: page,
  });
  add(`${base}/query`, 'post', ['list'], {
    id: `query_${name}`,
    summary: `A page of ${pluralLabel}, by a query in the body`,
    body: schemaRef('Query'),
    answer: page,
  });
  add(`${base}/aggregate`, 'get', ['aggregate'], {
    id: `aggregate_${name}`,
    summary: `Groups of ${pluralLabel}`,
    parameters: AGGREGATE_PARAMETERS,
    answer: schemaRef('Groups'),
  });
  add(`${base}/aggregate`, 'post', ['aggregate'], {
    id: `aggregate_${name}_by_query`,
    summary: `Groups of ${pluralLabel}, by a query in the body`,
    body: schemaRef('AggregateQuery'),
    answer: schemaRef('Groups'),
  });
  add(`${base}/{id}`, 'get', ['get'], {
    id: `get_${name}`,
    summary: `One ${label}`,
    parameters: [ID, ...LIST_PARAMETERS.slice(2, 4)],
    answer: recordEnvelope(name),
  });
}

function addWrites({ name, label }: ObjectMeta, base: string, add: Add): void {
  const answer = recordEnvelope(name);
  const update = schemaRef(`${name}.update`);
  add(base, 'post', ['create'], {
    id: `create_${name}`,
    summary: `Create a ${label}`,
    body: schemaRef(`${name}.create`),
    answer,
    status: 201,
  });
  add(`${base}/{id}`, 'patch', ['update'], {
    id: `update_${name}`,
    summary: `Change a ${label}`,
    parameters: [ID, IF_MATCH],
    body: update,
    answer,
  });
  add(`${base}/{id}`, 'put', ['update'], {
    id: `put_${name}`,
    summary: `Change a ${label} by its whole record`,
    parameters: [ID, IF_MATCH],
    body: update,
    answer,
  });
  add(`${base}/{id}`, 'delete', ['delete'], {
    id: `delete_${name}`,
    summary: `Delete a ${label}`,
    parameters: [ID, IF_MATCH],
    answer: envelope({
      type: 'object',
      properties: { id: { type: 'string' }, deleted: { const: true } },
    }),
  });
  add(`${base}/upsert`, 'post', ['upsert'], {
    id: `upsert_${name}`,
    summary: `Create a ${label}, or change the one with the same key`,
    parameters: [
      {
        ...query('by', { type: 'string' }, 'The unique field, or fields, of the key'),
        required: true,
      },
    ],
    body: update,
    answer,
  });
  add(`${base}/{id}/clone`, 'post', ['clone'], {
    id: `clone_${name}`,
    summary: `Copy a ${label}`,
    parameters: [ID],
    body: schemaRef('CloneOptions'),
    answer,
    status: 201,
  });
  add(`${base}/{id}/purge`, 'post', ['purge'], {
    id: `purge_${name}`,
    summary: `Delete a ${label} for good`,
    parameters: [ID, IF_MATCH],
    answer: envelope({
      type: 'object',
      properties: { id: { type: 'string' }, purged: { const: true } },
    }),
  });
  add(`${base}/{id}/restore`, 'post', ['restore'], {
    id: `restore_${name}`,
    summary: `Take a ${label} out of the trash`,
    parameters: [ID, IF_MATCH],
    answer,
  });
}

function addBulk({ name, pluralLabel }: ObjectMeta, base: string, add: Add): void {
  const options = schemaRef('BatchOptions');
  const item = {
    type: 'object',
    properties: { id: { type: 'string' }, data: schemaRef(`${name}.update`) },
  };
  const items = { type: 'array', items: item };
  const bulk = (path: string, needs: ApiMethod[], operation: Described) =>
    add(`${base}/${path}`, 'post', ['bulk', ...needs], operation);
  bulk('createMany', ['create'], {
    id: `create_many_${name}`,
    summary: `Create ${pluralLabel}, all or none`,
    body: { type: 'array', items: schemaRef(`${name}.create`) },
    answer: envelope({ type: 'array', items: schemaRef(name) }),
    status: 201,
  });
  const filtered = { filter: FILTER, expected: { type: 'integer', minimum: 0 }, options };
  const changed = { data: schemaRef(`${name}.update`), ...filtered };
  bulk('updateMany', ['update'], {
    id: `update_many_${name}`,
    summary: `Change ${pluralLabel}, by list or by filter`,
    body: oneOf(
      required({ records: items, options }, 'records'),
      required(changed, 'filter', 'data'),
    ),
    answer: schemaRef('BatchResult'),
  });
  const ids = { type: 'array', items: { type: 'string' } };
  bulk('deleteMany', ['delete'], {
    id: `delete_many_${name}`,
    summary: `Delete ${pluralLabel}, by list or by filter`,
    body: oneOf(required({ ids, options }, 'ids'), required(filtered, 'filter')),
    answer: schemaRef('BatchResult'),
  });
  const by = { type: 'array', items: { type: 'string' }, minItems: 1 };
  bulk('upsertMany', ['upsert'], {
    id: `upsert_many_${name}`,
    summary: `Create ${pluralLabel}, or change the ones with the same key`,
    body: required(
      { records: { type: 'array', items: schemaRef(`${name}.update`) }, by, options },
      'records',
      'by',
    ),
    answer: schemaRef('BatchResult'),
  });
  bulk('emptyTrash', ['purge'], {
    id: `empty_trash_${name}`,
    summary: `Delete for good the ${pluralLabel} in the trash`,
    body: { type: 'object', properties: filtered },
    answer: schemaRef('BatchResult'),
  });
  bulk('batch', [], {
    id: `batch_${name}`,
    summary: `Create, change and delete ${pluralLabel}`,
    body: {
      type: 'object',
      properties: {
        operation: { type: 'string', enum: ['create', 'update', 'upsert', 'delete'] },
        records: items,
        operations: { type: 'array', items: { type: 'object' } },
        by,
        atomic: { type: 'boolean' },
        options,
      },
    },
    answer: schemaRef('BatchResult'),
  });
}

function required(properties: Record<string, JsonSchema>, ...names: string[]): JsonSchema {
  return { type: 'object', properties, required: names };
}

function oneOf(...schemas: readonly JsonSchema[]): JsonSchema {
  return { oneOf: schemas };
}

function describe(
  object: string,
  { id, summary, body, answer, status, parameters }: Described,
): Operation {
  return {
    operationId: id,
    summary,
    tags: [object],
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      [String(status ?? 200)]: {
        description: 'Done',
        ...(answer === undefined ? {} : { content: json(answer) }),
      },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

function pageSchema(name: string): JsonSchema {
  const records = { type: 'array', items: schemaRef(name) };
  return {
    type: 'object',
    properties: {
      object: { const: name },
      records,
      value: records,
      total: { type: 'integer' },
      count: { type: 'integer' },
      totalIs: { enum: ['estimate', 'at_least'] },
      next: { type: 'string' },
      previous: { type: 'string' },
      highlights: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
      },
      distances: { type: 'object', additionalProperties: { type: 'number' } },
      hasMore: { type: 'boolean' },
    },
    required: ['object', 'records', 'value', 'hasMore'],
  };
}

function recordEnvelope(name: string): JsonSchema {
  return envelope({
    type: 'object',
    properties: { object: { const: name }, id: { type: 'string' }, record: schemaRef(name) },
    required: ['object', 'id', 'record'],
  });
}

/** Content of a JSON body. */
export function json(schema: JsonSchema): Operation {
  return { 'application/json': { schema } };
}

import { JOB_STATES } from '@objectos/spec/contracts';
import { catalogue } from '@objectos/spec/errors';
import type { ObjectMeta } from '@objectql/core';
import { fieldSchema, type JsonSchema } from './field-schema.js';

/** Reference to a component schema. */
export function schemaRef(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The record of an object: as it is read, and as it is written. Names cannot clash: objects are lower case. */
export function objectSchemas(
  meta: ObjectMeta,
  readable: ReadonlySet<string>,
): Record<string, JsonSchema> {
  const fields = meta.visible.flatMap((name) =>
    readable.has(name) ? (meta.fields.get(name) ?? []) : [],
  );
  // A required field of an older row may still be empty; the engine's own columns never are.
  const present = new Set(
    meta.table.columns.filter((column) => !column.nullable).map((column) => column.name),
  );
  const written = fields.filter((field) => !field.readOnly);
  const required = written
    .filter((field) => field.required && !('defaultValue' in field.definition))
    .map((field) => field.name);
  const properties = Object.fromEntries(written.map((field) => [field.name, fieldSchema(field)]));
  return {
    [meta.name]: {
      type: 'object',
      title: meta.label,
      properties: Object.fromEntries(
        fields.map((field) => [
          field.name,
          fieldSchema(field, { nullable: !present.has(field.name) }),
        ]),
      ),
      required: readable.has('id') ? ['id'] : [],
    },
    [`${meta.name}.create`]: {
      type: 'object',
      additionalProperties: false,
      properties,
      ...(required.length === 0 ? {} : { required }),
    },
    [`${meta.name}.update`]: { type: 'object', properties },
  };
}

/** Schemas that every object shares. */
export function sharedSchemas(): Record<string, JsonSchema> {
  const error = {
    code: { type: 'string', enum: Object.keys(catalogue).sort() },
    message: { type: 'string' },
    hint: { type: 'string' },
    category: { type: 'string' },
    retryable: { type: 'boolean' },
    requestId: { type: 'string' },
    details: { type: 'object' },
  };
  return {
    FieldError: {
      type: 'object',
      properties: {
        field: { type: 'string' },
        code: { type: 'string' },
        message: { type: 'string' },
      },
      required: ['field', 'code', 'message'],
    },
    Error: {
      type: 'object',
      title: 'Error',
      description:
        'RFC 9457 members, and the same facts once more under "error" for published clients.',
      properties: {
        success: { const: false },
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        ...error,
        error: {
          type: 'object',
          properties: {
            ...error,
            httpStatus: { type: 'integer' },
            fieldErrors: { type: 'array', items: schemaRef('FieldError') },
          },
        },
      },
      required: ['success', 'status', 'code', 'message', 'hint', 'requestId', 'error'],
    },
    Query: {
      type: 'object',
      additionalProperties: false,
      properties: {
        object: { type: 'string' },
        where: { description: 'A filter: {"status":{"$eq":"new"}} or ["status","=","new"].' },
        orderBy: {
          description: 'A sort order: "name,-created_at" or [{"field":"name","order":"asc"}].',
        },
        fields: { type: 'array', items: { type: 'string' } },
        expand: {
          description: 'Relations to load: ["relation"] or {"relation":{"fields":["name"]}}.',
        },
        limit: { type: 'integer', minimum: 0, maximum: 1000 },
        offset: { type: 'integer', minimum: 0 },
        cursor: { type: 'string' },
        search: { type: 'string', maxLength: 500 },
        highlight: { type: 'boolean', default: false },
        near: {
          description: 'Nearest first: {"field":"embedding","vector":[0.1,0.2],"metric":"cosine"}.',
        },
        count: {
          description: 'true, false, "exact", "estimated" or "none".',
          default: true,
        },
      },
    },
    AggregateQuery: {
      type: 'object',
      additionalProperties: false,
      properties: {
        object: { type: 'string' },
        groupBy: {
          description: 'Fields, or [{"field":"closed_at","bucket":"month","timeZone":"UTC"}].',
        },
        aggregations: {
          description:
            '[{"function":"sum","field":"amount","alias":"total"}] or "count,sum:amount".',
        },
        where: { description: 'A filter of the records.' },
        search: { type: 'string', maxLength: 500 },
        having: { description: 'A filter of the groups, by the names of the answer.' },
        orderBy: { description: 'Values of the answer to sort by.' },
        limit: { type: 'integer', minimum: 1, maximum: 10_000 },
        offset: { type: 'integer', minimum: 0 },
      },
    },
    Groups: envelope({
      type: 'object',
      properties: {
        object: { type: 'string' },
        records: { type: 'array', items: { type: 'object' } },
        value: { type: 'array', items: { type: 'object' } },
        hasMore: { type: 'boolean' },
      },
      required: ['object', 'records', 'hasMore'],
    }),
    BatchOptions: {
      type: 'object',
      additionalProperties: false,
      properties: {
        atomic: { type: 'boolean', default: true },
        continueOnError: { type: 'boolean', default: false },
        returnRecords: { type: 'boolean', default: false },
        validateOnly: { type: 'boolean', default: false },
      },
    },
    Work: {
      type: 'object',
      description: 'Work in the background, as the one who started it sees it',
      properties: {
        id: { type: 'string' },
        name: { type: 'string' },
        state: {
          type: 'string',
          enum: [...JOB_STATES],
        },
        attempt: { type: 'integer' },
        progress: { type: 'integer', minimum: 0, maximum: 100 },
        work: {
          type: ['object', 'null'],
          properties: {
            done: { type: 'integer' },
            total: { type: ['integer', 'null'] },
            errors: { type: 'integer' },
            message: { type: 'string' },
            rate: { type: 'number' },
            at: { type: 'string', format: 'date-time' },
          },
        },
        startedBy: { type: ['string', 'null'] },
        result: {},
        error: {
          type: ['object', 'null'],
          properties: {
            code: { type: 'string' },
            message: { type: 'string' },
            at: { type: 'string', format: 'date-time' },
          },
        },
        createdAt: { type: 'string', format: 'date-time' },
        startedAt: { type: ['string', 'null'], format: 'date-time' },
        finishedAt: { type: ['string', 'null'], format: 'date-time' },
        links: {
          type: 'object',
          properties: {
            self: { type: 'string' },
            cancel: { type: 'string' },
            retry: { type: 'string' },
            result: { type: 'string' },
          },
        },
      },
    },
    ImportFailure: {
      type: 'object',
      properties: {
        row: { type: 'integer' },
        line: { type: 'integer' },
        code: { type: 'string' },
        message: { type: 'string' },
        fieldErrors: { type: 'array', items: schemaRef('FieldError') },
      },
    },
    CrossBatch: {
      type: 'object',
      additionalProperties: false,
      required: ['operations'],
      properties: {
        atomic: { const: true },
        operations: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['object'],
            properties: {
              object: { type: 'string' },
              action: { type: 'string', enum: ['create', 'update', 'upsert', 'delete'] },
              id: { description: 'The id of a record, or {"$ref": …}.' },
              data: { type: 'object', description: 'Values may be {"$ref": index or ref}.' },
              ref: { type: 'string' },
              by: { type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
    CloneOptions: {
      type: 'object',
      additionalProperties: false,
      properties: {
        overrides: { type: 'object' },
        children: {
          description: 'Child lists to copy too, or true for all that belong to the record.',
          oneOf: [{ const: true }, { type: 'array', items: { type: 'string' } }],
        },
      },
    },
    BatchResult: envelope({
      type: 'object',
      properties: {
        success: { type: 'boolean' },
        operation: { type: 'string' },
        total: { type: 'integer' },
        succeeded: { type: 'integer' },
        failed: { type: 'integer' },
        results: { type: 'array', items: { type: 'object' } },
      },
    }),
  };
}

/** The envelope of every successful answer. */
export function envelope(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { success: { const: true }, data },
    required: ['success', 'data'],
  };
}

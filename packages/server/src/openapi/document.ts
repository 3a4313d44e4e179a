import { METADATA_TYPES } from '@objectos/spec/metadata';
import type { VisibleObject } from '../metadata/visibility.js';
import { objectSchemas, schemaRef, sharedSchemas } from './components.js';
import { json, objectPaths } from './paths.js';

/** What the document says about the installation. */
export interface OpenApiInfo {
  readonly title: string;
  /** Of the metadata: the document changes with it. */
  readonly version: string;
}

/** The OpenAPI 3.1 document of everything that one reader may use. */
export function openApiDocument(objects: readonly VisibleObject[], info: OpenApiInfo): object {
  return {
    openapi: '3.1.0',
    info: {
      ...info,
      description:
        'Generated from the metadata in force. Every path under /api/data is also at /api/v1/data.',
    },
    security: [{ bearer: [] }],
    tags: objects.map(({ meta }) => ({ name: meta.name, description: meta.pluralLabel })),
    paths: Object.assign(systemPaths(), ...objects.map(({ meta }) => objectPaths(meta))) as object,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: { Error: { description: 'What went wrong', content: json(schemaRef('Error')) } },
      schemas: Object.assign(
        sharedSchemas(),
        ...objects.map(({ meta, readable }) => objectSchemas(meta, readable)),
      ) as object,
    },
  };
}

function systemPaths(): Record<string, object> {
  const type = {
    name: 'type',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: METADATA_TYPES },
  };
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
  return {
    '/api/discovery': { get: { ...read('discover', 'Where things are'), security: [] } },
    '/healthz': { get: { ...read('health', 'Whether the process answers'), security: [] } },
    '/readyz': { get: { ...read('readiness', 'Whether to send requests here'), security: [] } },
    '/api/openapi.json': { get: read('openapi', 'This document') },
    '/api/batch': {
      post: {
        operationId: 'batch',
        summary: 'Writes on several objects, in one transaction',
        tags: ['system'],
        requestBody: { required: true, content: json(schemaRef('CrossBatch')) },
        responses: {
          200: { description: 'Done', content: json({ type: 'object' }) },
          default: { $ref: '#/components/responses/Error' },
        },
      },
    },
    '/api/metadata': { get: read('metadata_types', 'The types of metadata') },
    '/api/metadata/{type}': {
      get: { ...read('metadata_items', 'The items of a type'), parameters: [type] },
    },
    '/api/metadata/{type}/{name}': {
      get: { ...read('metadata_item', 'One item'), parameters: [type, name] },
    },
  };
}

function read(operationId: string, summary: string): object {
  return {
    operationId,
    summary,
    tags: ['system'],
    responses: {
      200: { description: 'Done', content: json({ type: 'object' }) },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

import type { ObjectMeta } from '@objectql/core';
import { envelope, schemaRef } from './components.js';
import { LOCALE, header, query, type Operation } from './parameters.js';

const TEXT = { schema: { type: 'string' } };
const ERROR = { default: { $ref: '#/components/responses/Error' } };
const FILES = { 'text/csv': TEXT, 'application/x-ndjson': TEXT };

const LATER = header('Prefer', '"respond-async": do it in the background, and answer 202');
const ACCEPTED = {
  202: {
    description: 'Accepted; `Location` tells where to look how far it is',
    headers: { Location: { schema: { type: 'string' } } },
    content: { 'application/json': { schema: envelope(schemaRef('Work')) } },
  },
};

/** The paths of whole files of records; their bodies are no JSON. */
export function transferPaths(meta: ObjectMeta) {
  const { methods } = meta;
  const base = `/api/data/${meta.name}`;
  return {
    ...(methods.has('export') ? { [`${base}/export`]: { get: exportOf(meta) } } : {}),
    ...(methods.has('import') ? { [`${base}/import`]: { post: importOf(meta) } } : {}),
  };
}

/** Parameters of both. */
function common({ translated }: ObjectMeta): readonly Operation[] {
  return translated.length === 0 ? [LATER] : [LATER, LOCALE];
}

function exportOf(meta: ObjectMeta): Operation {
  const { name, pluralLabel } = meta;
  return {
    operationId: `export_${name}`,
    summary: `All ${pluralLabel} that match, as a file`,
    tags: [name],
    parameters: [
      query(
        'format',
        { type: 'string', enum: ['csv', 'jsonl'], default: 'csv' },
        'The file format',
      ),
      query('select', { type: 'string' }, 'Columns; those of a related record are dotted'),
      query('filter', { type: 'string' }, 'A filter, as JSON'),
      query('sort', { type: 'string' }, 'Fields to sort by'),
      query('header', { type: 'string', enum: ['name', 'label', 'none'] }, 'First line of a CSV'),
      query('limit', { type: 'integer' }, 'At most so many records'),
      query('bom', { type: 'boolean', default: false }, 'Begin with a byte order mark'),
      ...common(meta),
    ],
    responses: { 200: { description: 'The file', content: FILES }, ...ACCEPTED, ...ERROR },
  };
}

function importOf(meta: ObjectMeta): Operation {
  const { name, pluralLabel } = meta;
  const report = envelope({
    type: 'object',
    properties: {
      row: { type: 'integer' },
      created: { type: 'integer' },
      updated: { type: 'integer' },
      failed: { type: 'integer' },
      dryRun: { type: 'boolean' },
      ignoredColumns: { type: 'array', items: { type: 'string' } },
      failures: { type: 'array', items: schemaRef('ImportFailure') },
    },
  });
  return {
    operationId: `import_${name}`,
    summary: `Read ${pluralLabel} from a file`,
    tags: [name],
    parameters: [
      query('key', { type: 'string' }, 'Unique fields that find the record of a row'),
      query('mode', { type: 'string', enum: ['insert', 'update', 'upsert'] }, 'What rows may do'),
      query('mapping', { type: 'string' }, 'JSON: column to field, or to null'),
      query('delimiter', { type: 'string' }, 'Of CSV; found out when absent'),
      query('clearEmpty', { type: 'boolean', default: false }, 'Empty cells empty their fields'),
      query('skipRows', { type: 'integer', default: 0 }, 'Rows that are done already'),
      query('dryRun', { type: 'boolean', default: false }, 'Run everything and undo it'),
      ...common(meta),
    ],
    requestBody: { required: true, content: FILES },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: report } } },
      ...ACCEPTED,
      ...ERROR,
    },
  };
}

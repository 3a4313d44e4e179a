import type { JsonSchema } from './field-schema.js';

/** One operation, parameter or content, as OpenAPI writes it. */
export type Operation = Readonly<Record<string, unknown>>;

/** The language of translatable fields. */
export const LOCALE = query(
  'locale',
  { type: 'string' },
  'The language of translatable fields; "*" for all of them, each value a mapping by language. Default: the default language',
);

/** Parameters of a list, by the names that our documentation uses. */
export const LIST_PARAMETERS: readonly Operation[] = [
  query('filter', { type: 'string' }, 'A filter, as JSON'),
  query(
    'sort',
    { type: 'string' },
    'Fields to sort by, separated by commas; "-" before one sorts downwards',
  ),
  query('select', { type: 'string' }, 'Fields to return, separated by commas'),
  query('expand', { type: 'string' }, 'Relations to load, separated by commas'),
  query('top', { type: 'integer', minimum: 0, maximum: 1000 }, 'Records of the page'),
  query('skip', { type: 'integer', minimum: 0 }, 'Records to pass over'),
  query(
    'cursor',
    { type: 'string' },
    'Pages by position: empty for the first page, then "next" or "previous" of the answer',
  ),
  query(
    'count',
    { type: 'string', enum: ['true', 'false', 'exact', 'estimated', 'none'], default: 'true' },
    'Whether, and how, to count all matching records; not counted by default with a cursor',
  ),
  query('search', { type: 'string', maxLength: 500 }, 'Words to find in the searchable fields'),
  query('highlight', { type: 'boolean', default: false }, 'Whether to mark what was found'),
  query(
    'near',
    { type: 'string' },
    'Nearest first, as JSON: {"field":"embedding","vector":[0.1,0.2],"metric":"cosine"}',
  ),
];

/** Parameters of an aggregate, by the names that our documentation uses. */
export const AGGREGATE_PARAMETERS: readonly Operation[] = [
  query(
    'groupBy',
    { type: 'string' },
    'Fields to group by, separated by commas; a date with its span and time zone: created_at:month:Europe/Berlin',
  ),
  query(
    'aggregations',
    { type: 'string' },
    'Values of each group, separated by commas: count,sum:amount,avg:amount:mean; or JSON',
  ),
  query('filter', { type: 'string' }, 'A filter of the records, as JSON'),
  query('having', { type: 'string' }, 'A filter of the groups, as JSON'),
  query('sort', { type: 'string' }, 'Values of the answer to sort by'),
  query('top', { type: 'integer', minimum: 1, maximum: 10_000 }, 'Groups of the answer'),
  query('skip', { type: 'integer', minimum: 0 }, 'Groups to pass over'),
];

/** A parameter of the query string. */
export function query(name: string, schema: JsonSchema, description: string): Operation {
  return { name, in: 'query', schema, description };
}

/** A header of the request. */
export function header(name: string, description: string): Operation {
  return { name, in: 'header', schema: { type: 'string' }, description };
}

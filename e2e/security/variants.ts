import type { CaseRequest, GoldenCase, ReadSurface } from './cases.js';

/** One request of a case, and the surface it goes to. */
export interface Variant {
  readonly surface: string;
  readonly request: CaseRequest;
}

type Read = NonNullable<GoldenCase['read']>;

/** All requests in which a case can be said. A path under `/api/data` is tried under `/api/v1/data` too. */
export function variantsOf(one: GoldenCase): Variant[] {
  const { read, request } = one;
  if (read !== undefined) {
    return surfacesOf(one, read).map((surface) => ({ surface, request: SAY[surface](read) }));
  }
  if (request === undefined) return [];
  const { path } = request;
  const other = path.replace(/^\/api\/(data|batch)/, '/api/v1/$1');
  const own = { surface: 'rest', request };
  return other === path
    ? [own]
    : [own, { surface: 'rest v1', request: { ...request, path: other } }];
}

function surfacesOf({ on, expect }: GoldenCase, read: Read): readonly ReadSurface[] {
  if (on !== undefined) return on;
  const said = new Set(Object.keys(read).filter((key) => key !== 'object'));
  const only = (...keys: string[]): boolean => [...said].every((key) => keys.includes(key));
  const surfaces: ReadSurface[] = ['list', 'list v1', 'query', 'query v1'];
  if (only('filter', 'sort', 'select')) surfaces.push('export');
  if (only('filter')) surfaces.push('aggregate');
  const refused = typeof expect.status === 'number' && expect.status >= 400;
  if (refused && only('filter')) surfaces.push('updateMany', 'deleteMany');
  return surfaces;
}

const SAY: Readonly<Record<ReadSurface, (read: Read) => CaseRequest>> = {
  list: (read) => get(`/api/data/${read.object}`, parametersOf(read)),
  'list v1': (read) => get(`/api/v1/data/${read.object}`, parametersOf(read)),
  query: (read) => post(`/api/data/${read.object}/query`, bodyOf(read)),
  'query v1': (read) => post(`/api/v1/data/${read.object}/query`, bodyOf(read)),
  export: (read) =>
    get(`/api/data/${read.object}/export`, { ...parametersOf(read), format: 'jsonl' }),
  aggregate: (read) =>
    get(`/api/data/${read.object}/aggregate`, { aggregations: 'count', ...parametersOf(read) }),
  updateMany: ({ object, filter = {} }) =>
    post(`/api/data/${object}/updateMany`, { filter, data: { region: 'changed' } }),
  deleteMany: ({ object, filter = {} }) => post(`/api/data/${object}/deleteMany`, { filter }),
};

function parametersOf(read: Read): Record<string, string> {
  const { sort, select, search, expand, groupBy, aggregations, cursor, top } = read;
  const texts = { sort, select, search, expand, groupBy, aggregations, cursor, top };
  const filters = { filter: read.filter, having: read.having };
  return Object.fromEntries([
    ...Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...Object.entries(filters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, JSON.stringify(value)] as const],
    ),
  ]);
}

function bodyOf(read: Read): CaseRequest['body'] {
  const { filter, sort, select, search, expand, groupBy, aggregations, having, cursor, top } = read;
  const list = (text: string | undefined) => text?.split(',');
  const entries = {
    where: filter,
    orderBy: list(sort),
    fields: list(select),
    search,
    expand: list(expand),
    groupBy: list(groupBy),
    aggregations: list(aggregations)?.map(aggregation),
    having,
    cursor,
    limit: top === undefined ? undefined : Number(top),
  };
  return Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined),
  ) as CaseRequest['body'];
}

function aggregation(text: string): Record<string, string> {
  const [name = '', field, alias] = text.split(':');
  return {
    function: name,
    ...(field === undefined ? {} : { field }),
    ...(alias === undefined ? {} : { alias }),
  };
}

function get(path: string, parameters: Readonly<Record<string, string>>): CaseRequest {
  const query = new URLSearchParams(parameters).toString();
  return { method: 'GET', path: query === '' ? path : `${path}?${query}`, headers: {} };
}

function post(path: string, body: CaseRequest['body']): CaseRequest {
  return { method: 'POST', path, headers: {}, body };
}

import type { Contribution, Route } from '@objectos/spec/contracts';
import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { isListedPublic } from '../security/public-routes.js';

/** A contributed route that fits a request, with the values of its `:name` parts. */
export interface MatchedRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The contributed routes of one moment. Immutable: a change makes a new table. */
export interface RouteTable {
  readonly size: number;
  /** `path` is the raw path of the request; HEAD finds the GET route. */
  match(method: string, path: string): MatchedRoute | undefined;
}

interface Node {
  readonly literal: Map<string, Node>;
  parameter: Node | undefined;
  readonly routes: Map<string, Entry>;
}

interface Entry {
  readonly plugin: string;
  readonly route: Route;
  readonly names: readonly string[];
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const PATH = /^(?:\/(?:[A-Za-z0-9._~-]+|:[A-Za-z_][A-Za-z0-9_]*))+$/;
const MAX_PARTS = 32;

/** No routes at all. */
export const EMPTY_ROUTE_TABLE: RouteTable = { size: 0, match: () => undefined };

/**
 * Builds the table of the contributed routes. What is wrong with one of them is reported and that
 * one is left out; the others are served.
 */
export function buildRouteTable(contributions: readonly Contribution<Route>[]): {
  readonly table: RouteTable;
  readonly problems: readonly ObjectOSError[];
} {
  const root = newNode();
  const problems: ObjectOSError[] = [];
  let size = 0;
  for (const contribution of contributions) {
    const problem = whatIsWrong(contribution) ?? insert(root, contribution);
    if (problem === undefined) size += 1;
    else problems.push(routeInvalid(contribution, problem));
  }
  return { table: { size, match: (method, path) => find(root, method, path) }, problems };
}

function whatIsWrong({ value }: Contribution<Route>): string | undefined {
  if (!METHODS.has(value.method)) return 'the method is not GET, POST, PUT, PATCH or DELETE';
  if (!PATH.test(value.path)) return 'a path is like "/api/jobs/:id/retry"';
  if (partsOf(value.path).length > MAX_PARTS) return `it has more than ${MAX_PARTS} parts`;
  if (value.access === 'public' && !isListedPublic(value.method, value.path)) {
    return 'it is public, but not in the list of public routes';
  }
  return undefined;
}

function insert(root: Node, { plugin, value }: Contribution<Route>): string | undefined {
  let node = root;
  const names: string[] = [];
  for (const part of partsOf(value.path)) {
    if (part.startsWith(':')) {
      names.push(part.slice(1));
      node = node.parameter ??= newNode();
    } else {
      node = child(node, part);
    }
  }
  if (new Set(names).size < names.length) return 'two of its parts have the same name';
  const present = node.routes.get(value.method);
  if (present !== undefined) return `"${present.plugin}" already serves it`;
  node.routes.set(value.method, { plugin, route: value, names });
  return undefined;
}

function child(node: Node, part: string): Node {
  const known = node.literal.get(part);
  if (known !== undefined) return known;
  const made = newNode();
  node.literal.set(part, made);
  return made;
}

function find(root: Node, method: string, path: string): MatchedRoute | undefined {
  const parts = partsOf(path);
  if (!path.startsWith('/') || parts.length > MAX_PARTS) return undefined;
  const values: string[] = [];
  const entry = descend(root, parts, { method: method === 'HEAD' ? 'GET' : method, values, at: 0 });
  if (entry === undefined) return undefined;
  // A plain object would let a part named like a member of Object.prototype reach it.
  const params = Object.create(null) as Record<string, string>;
  for (const [index, name] of entry.names.entries()) {
    const value = decode(values[index] ?? '');
    if (value === undefined) return undefined;
    params[name] = value;
  }
  return { route: entry.route, params };
}

interface Search {
  readonly method: string;
  readonly values: string[];
  readonly at: number;
}

/** Literal parts win over `:name` parts; the depth is bounded by MAX_PARTS. */
function descend(node: Node, parts: readonly string[], search: Search): Entry | undefined {
  const part = parts[search.at];
  if (part === undefined) return node.routes.get(search.method);
  const next = { ...search, at: search.at + 1 };
  const literal = node.literal.get(part);
  const found = literal === undefined ? undefined : descend(literal, parts, next);
  if (found !== undefined || node.parameter === undefined || part === '') return found;
  search.values.push(part);
  const below = descend(node.parameter, parts, next);
  if (below === undefined) search.values.pop();
  return below;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not UTF-8: no such route.
    return undefined;
  }
}

function partsOf(path: string): string[] {
  return path.slice(1).split('/');
}

function newNode(): Node {
  return { literal: new Map(), parameter: undefined, routes: new Map() };
}

function routeInvalid({ plugin, value }: Contribution<Route>, reason: string): ObjectOSError {
  return createError('route_invalid', { plugin, method: value.method, path: value.path, reason });
}

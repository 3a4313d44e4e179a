import type { ExpandNode, ExpandTree } from '@objectos/spec/contracts';
import { normalizeFilter } from './filter.js';
import { checkLimit, invalidParameter, shown } from './refuse.js';
import { normalizeSelect } from './select.js';
import { isList, isName, isPlainObject, type PlainObject } from './shapes.js';
import { normalizeSort } from './sort.js';
import { findPart, give, unknownParameter, type GivenParts, type QueryPart } from './synonyms.js';
import { pageSize } from './paging.js';

/** A relation while the tree grows: dotted names may add to it. */
interface Branch {
  readonly children: Map<string, Branch>;
  options: Omit<ExpandNode, 'expand'> | undefined;
}

/** What all branches of one expand share. */
interface Growth {
  nodes: number;
}

/** Where a part of the input hangs. */
interface Place {
  readonly growth: Growth;
  readonly branches: Map<string, Branch>;
  readonly depth: number;
}

/**
 * Reads what to load beside the records: `account,contacts.owner`, a list of such names, or an
 * object `{ contacts: { fields, where, sort, limit, expand } }` (`true` or `{}` for all fields),
 * or JSON text of these. Nothing to expand gives `undefined`.
 *
 * @throws `invalid_parameter`, `unknown_parameter`, `limit_exceeded`, and what filters and sorts throw
 * @example normalizeExpand('account.owner') // { account: { expand: { owner: {} } } }
 */
export function normalizeExpand(input: unknown): ExpandTree | undefined {
  if (input === undefined || input === null) return undefined;
  const branches = new Map<string, Branch>();
  const parsed = typeof input === 'string' ? parseText(input.trim()) : input;
  readLevel(parsed, { growth: { nodes: 0 }, branches, depth: 1 });
  return toTree(branches);
}

function parseText(text: string): unknown {
  if (text === '') return [];
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidParameter('expand', `${shown(text)} is not JSON`);
  }
}

function readLevel(input: unknown, place: Place): void {
  if (typeof input === 'string') {
    for (const path of input.split(',')) grow(path.trim(), place);
  } else if (isList(input)) {
    for (const member of Array.from(input)) readMember(member, place);
  } else if (isPlainObject(input)) {
    readMap(input, place);
  } else {
    throw invalidParameter('expand', `it is a list of relations, not ${shown(input)}`);
  }
}

function readMember(member: unknown, place: Place): void {
  if (typeof member === 'string') grow(member.trim(), place);
  else if (isPlainObject(member)) readMap(member, place);
  else throw invalidParameter('expand', `a relation is a name, not ${shown(member)}`);
}

function readMap(input: PlainObject, place: Place): void {
  for (const [path, value] of Object.entries(input)) {
    const { branch, depth } = grow(path, place);
    if (value === true) continue;
    if (!isPlainObject(value)) {
      throw invalidParameter('expand', `"${path}" is true or an object, not ${shown(value)}`);
    }
    readOptions(value, {
      path,
      branch,
      place: { ...place, branches: branch.children, depth: depth + 1 },
    });
  }
}

/** Adds the branches along a dotted path, and gives the last one with its depth. */
function grow(path: string, place: Place): { readonly branch: Branch; readonly depth: number } {
  let { branches, depth } = place;
  const [first = '', ...rest] = path.split('.');
  let branch = child(first, { ...place, branches, depth });
  for (const name of rest) {
    branches = branch.children;
    depth += 1;
    branch = child(name, { ...place, branches, depth });
  }
  return { branch, depth };
}

function child(name: string, place: Place): Branch {
  if (!isName(name))
    throw invalidParameter('expand', `${shown(name)} is not the name of a relation`);
  checkLimit('expand.depth', place.depth);
  const existing = place.branches.get(name);
  if (existing !== undefined) return existing;
  place.growth.nodes += 1;
  checkLimit('expand.nodes', place.growth.nodes);
  const branch: Branch = { children: new Map(), options: undefined };
  place.branches.set(name, branch);
  return branch;
}

/** What may be told of each relation. */
const NODE_PARTS: ReadonlySet<QueryPart> = new Set(['filter', 'sort', 'top', 'select', 'expand']);

interface Target {
  readonly path: string;
  readonly branch: Branch;
  /** Where its own `expand` hangs. */
  readonly place: Place;
}

function readOptions(input: PlainObject, target: Target): void {
  const given: GivenParts = new Map();
  for (const [name, value] of Object.entries(input)) {
    const part = findPart(name);
    if (part === undefined || !NODE_PARTS.has(part)) {
      throw unknownParameter(`expand.${target.path}.${name}`);
    }
    if (value !== undefined) give(given, part, { name, value });
  }
  const nested = given.get('expand')?.value;
  given.delete('expand');
  if (given.size > 0) {
    if (target.branch.options !== undefined) {
      throw invalidParameter('expand', `"${target.path}" is described twice`);
    }
    target.branch.options = toOptions(given);
  }
  if (nested !== undefined && nested !== null) {
    readLevel(nested === '' ? [] : nested, target.place);
  }
}

function toOptions(given: GivenParts): Omit<ExpandNode, 'expand'> {
  const fields = normalizeSelect(given.get('select')?.value);
  const where = normalizeFilter(given.get('filter')?.value);
  const orderBy = normalizeSort(given.get('sort')?.value);
  const top = given.get('top');
  return {
    ...(fields === undefined ? {} : { fields }),
    ...(where === undefined ? {} : { where }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
    ...(top === undefined ? {} : { limit: pageSize(top.name, top.value) }),
  };
}

/** Null-prototype, so that a lookup by a name from outside can't reach what objects inherit. */
function toTree(branches: ReadonlyMap<string, Branch>): ExpandTree | undefined {
  if (branches.size === 0) return undefined;
  const tree = Object.create(null) as Record<string, ExpandNode>;
  for (const [name, branch] of branches) {
    const expand = toTree(branch.children);
    tree[name] = { ...branch.options, ...(expand === undefined ? {} : { expand }) };
  }
  return tree;
}

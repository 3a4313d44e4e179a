import type { ExpandNode, ExpandTree, Query } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FindStatement } from '../driver/contract.js';
import { planColumns, planWhere } from './query-plan.js';
import { requireRelation, type Relation, type View } from './relations.js';
import { planSort } from './sort-plan.js';

/** Deepest expansion. */
export const MAX_EXPAND_DEPTH = 5;
/** Most relations of one query, all levels together. */
export const MAX_EXPAND_NODES = 40;
/** Most records that one relation may load for one request. */
export const MAX_EXPANDED = 10_000;

/** One relation to load, checked before anything is read. */
export interface ExpandPlan {
  readonly name: string;
  readonly relation: Relation;
  /** Most records for each parent. */
  readonly limit: number | undefined;
  /** Columns that the answer does not show, although loading needs them. */
  readonly hidden: readonly string[];
  /** Everything but the link to the parents, which only the parents tell. */
  readonly statement: FindStatement;
  readonly children: readonly ExpandPlan[];
}

/** What to load of a record: its own fields, and the relations. */
export interface Selection {
  /** Own fields; absent means all readable ones. */
  readonly fields: readonly string[] | undefined;
  readonly expand: ExpandTree;
}

const NOTHING: ExpandTree = {};

/**
 * Takes the fields of related records (`account.name`) out of a selection and makes relations of
 * them, so that both ways of asking are loaded by the same queries.
 */
export function selectionOf({ fields, expand }: Pick<Query, 'fields' | 'expand'>): Selection {
  if (fields === undefined || !fields.some((name) => name.includes('.'))) {
    return { fields, expand: expand ?? NOTHING };
  }
  const tree = new Map(Object.entries(expand ?? NOTHING));
  const own: string[] = [];
  const deeper = new Map<string, string[]>();
  for (const name of fields) {
    const dot = name.indexOf('.');
    if (dot === -1) own.push(name);
    else {
      const relation = name.slice(0, dot);
      deeper.set(relation, [...(deeper.get(relation) ?? []), name.slice(dot + 1)]);
    }
  }
  for (const [relation, names] of deeper) tree.set(relation, withFields(tree.get(relation), names));
  // Null-prototype, so that names from outside cannot reach what objects inherit.
  const merged = Object.assign(Object.create(null) as Record<string, ExpandNode>, {});
  for (const [relation, node] of tree) merged[relation] = node;
  return { fields: own.filter((name) => !deeper.has(name)), expand: merged };
}

function withFields(node: ExpandNode | undefined, names: readonly string[]): ExpandNode {
  if (node === undefined) return { fields: names };
  return node.fields === undefined ? node : { ...node, fields: [...node.fields, ...names] };
}

/**
 * Checks an expand tree. A relation to an object the principal may not read is unknown to them.
 *
 * @throws `unknown_field`, `limit_exceeded`, and what filters and sorts throw
 */
export function planExpand(view: View, tree: ExpandTree): ExpandPlan[] {
  return planLevel(view, tree, { depth: 1, cost: { nodes: 0 } });
}

/** Columns that expansion needs although the query did not select them. */
export function expandColumns(plans: readonly ExpandPlan[]): string[] {
  return plans.flatMap(({ relation: { meta } }) =>
    meta.kind === 'one' || meta.kind === 'list' ? [meta.field.name] : [],
  );
}

interface Level {
  readonly depth: number;
  readonly cost: { nodes: number };
}

function planLevel(view: View, tree: ExpandTree, { depth, cost }: Level): ExpandPlan[] {
  return Object.entries(tree).map(([name, node]) => {
    cost.nodes += 1;
    checkLimit('expand depth', MAX_EXPAND_DEPTH, depth);
    checkLimit('expanded relations', MAX_EXPAND_NODES, cost.nodes);
    const relation = requireRelation(view, name);
    const { fields, expand } = selectionOf(node);
    const children = planLevel(relation.target, expand, { depth: depth + 1, cost });
    return planNode(name, relation, { node: { ...node, fields }, children });
  });
}

function planNode(
  name: string,
  relation: Relation,
  { node, children }: { readonly node: SelectedNode; readonly children: readonly ExpandPlan[] },
): ExpandPlan {
  const { meta, target } = relation;
  const link = meta.kind === 'children' ? [meta.via] : [];
  const { fields, where, limit } = node;
  const hidden = fields === undefined ? [] : link.filter((column) => !fields.includes(column));
  return {
    name,
    relation,
    limit: checkedLimit(limit),
    hidden: hidden.filter((column) => !expandColumns(children).includes(column)),
    statement: {
      table: target.admission.meta.table,
      columns: planColumns(target.admission, fields, [...link, ...expandColumns(children)]),
      where: planWhere(target, { where }),
      ...planSort(target, node.orderBy),
      limit: MAX_EXPANDED + 1,
    },
    children,
  };
}

type SelectedNode = Omit<ExpandNode, 'fields'> & { readonly fields: readonly string[] | undefined };

function checkedLimit(limit: number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  if (!Number.isInteger(limit) || limit < 0) {
    throw createError('invalid_parameter', { parameter: 'limit', reason: 'expected 0 or more' });
  }
  return limit;
}

function checkLimit(limit: string, max: number, actual: number): void {
  if (actual > max) throw createError('limit_exceeded', { limit, max, actual });
}

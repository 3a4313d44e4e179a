import type { ExpandNode, ExpandTree } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FindStatement } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { Admission } from './access.js';
import { conjunction } from './conjunction.js';
import { gateOf, onlyOf } from './follow.js';
import { byName, fieldsOf } from './membership.js';
import { planColumns, planWhere } from './query-plan.js';
import {
  isPolymorphic,
  requireRelation,
  type LinkedRelation,
  type PolymorphicRelation,
  type View,
} from './relations.js';
import { selectionOf } from './selection.js';
import { planSort } from './sort-plan.js';

/** Deepest expansion. */
export const MAX_EXPAND_DEPTH = 5;
/** Most relations of one query, all levels together. */
export const MAX_EXPAND_NODES = 40;
/** Most records that one relation may load for one request. */
export const MAX_EXPANDED = 10_000;

/** How to load records of one object: all but which ones, and what hangs on them. */
export interface RecordsPlan {
  readonly admission: Admission;
  readonly statement: FindStatement;
  readonly children: readonly ExpandPlan[];
  /** How to load what is shown of those that a record names and that are not seen otherwise. */
  readonly named?: RecordsPlan | undefined;
}

/** One relation to load, checked before anything is read. */
export type ExpandPlan = {
  readonly name: string;
  /** Most records for each parent. */
  readonly limit: number | undefined;
} & (
  | { readonly kind: 'reference'; readonly many: boolean; readonly records: RecordsPlan }
  | {
      readonly kind: 'children';
      readonly via: string;
      /** Columns that the answer does not show, although loading needs them. */
      readonly hidden: readonly string[];
      readonly records: RecordsPlan;
    }
  | {
      readonly kind: 'through';
      readonly near: string;
      readonly far: string;
      /** The links, in the order of what they lead to. */
      readonly links: FindStatement;
      readonly records: RecordsPlan;
    }
  | {
      readonly kind: 'any';
      readonly objectField: string;
      readonly records: ReadonlyMap<string, RecordsPlan>;
    }
);

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
  return plans.flatMap((plan) => {
    if (plan.kind === 'any') return [plan.name, plan.objectField];
    return plan.kind === 'reference' ? [plan.name] : [];
  });
}

interface Level {
  readonly depth: number;
  readonly cost: { nodes: number };
}

function planLevel(view: View, tree: ExpandTree, level: Level): ExpandPlan[] {
  return Object.entries(tree).map(([name, node]) => planNode(view, { name, node }, level));
}

interface NamedNode {
  readonly name: string;
  readonly node: ExpandNode;
}

function planNode(view: View, { name, node }: NamedNode, level: Level): ExpandPlan {
  enter(level);
  const relation = requireRelation(view, name);
  if (isPolymorphic(relation)) return planAny(relation, { name, node }, level);
  const { meta, target } = relation;
  const limit = checkedLimit(node.limit);
  switch (meta.kind) {
    case 'one':
    case 'list': {
      const records = planNamed(target, { node, level, link: [] });
      return { kind: 'reference', name, limit, many: meta.kind === 'list', records };
    }
    case 'children': {
      const { via } = meta;
      const only = onlyOf(meta.only);
      const records = planRecords(target, { node, level, link: [via], only });
      const shown = node.fields === undefined || node.fields.includes(via);
      const used = expandColumns(records.children).includes(via);
      return { kind: 'children', name, limit, via, hidden: shown || used ? [] : [via], records };
    }
    case 'through': {
      const { near, far } = meta;
      const records = planRecords(target, { node, level, link: [] });
      const links = planLinks(relation as LinkedRelation, node);
      return { kind: 'through', name, limit, near, far, links, records };
    }
  }
}

interface Wanted {
  readonly node: ExpandNode;
  readonly level: Level;
  /** Columns that tie the records to their parents. */
  readonly link: readonly string[];
  readonly only?: RowFilter | undefined;
}

function planRecords(target: View, { node, level, link, only }: Wanted): RecordsPlan {
  const { fields, expand } = selectionOf(node);
  const children = planLevel(target, expand, { ...level, depth: level.depth + 1 });
  const { meta } = target.admission;
  return {
    admission: target.admission,
    children,
    statement: {
      table: meta.table,
      columns: planColumns(target.admission, fields, [...link, ...expandColumns(children)]),
      where: conjunction(only, planWhere(target, { where: node.where })),
      ...planSort(target, node.orderBy),
      limit: MAX_EXPANDED + 1,
    },
  };
}

/** Records that are named by those that are there: of one that is not seen, its name is. */
function planNamed(target: View, wanted: Wanted): RecordsPlan {
  const records = planRecords(target, wanted);
  const { where } = wanted.node;
  const asked = where === undefined ? [] : fieldsOf(where);
  if (target.admission.named === undefined || asked === undefined) return records;
  const admission = byName(target.admission, asked);
  if (admission === target.admission) return records;
  const { visible } = admission;
  const { fields = visible } = selectionOf(wanted.node);
  const shown = fields.filter((field) => visible.includes(field));
  const statement = {
    table: admission.meta.table,
    columns: planColumns(admission, shown, []),
    where: planWhere({ ...target, admission }, { where }),
    limit: MAX_EXPANDED + 1,
  };
  return { ...records, named: { admission, statement, children: [] } };
}

/** The links whose other end matches, each with the sort values of that end. */
function planLinks({ meta, target, link }: LinkedRelation, node: ExpandNode): FindStatement {
  const { table } = target.admission.meta;
  const step = { table, on: { outer: meta.far, inner: 'id' } };
  const sort = planSort(target, node.orderBy, step);
  const there: RowFilter = {
    op: 'exists',
    table,
    on: [{ outer: meta.far, inner: 'id' }],
    where: planWhere(target, { where: node.where }),
  };
  return {
    table: link.meta.table,
    columns: [meta.near, meta.far],
    where: conjunction(there, gateOf(link)),
    ...sort,
    limit: MAX_EXPANDED + 1,
  };
}

/** Below a polymorphic lookup, names are those of objects: how to load the records of each. */
function planAny(
  relation: PolymorphicRelation,
  { name, node }: NamedNode,
  level: Level,
): ExpandPlan {
  const { expand = {}, ...own } = node;
  const [key] = Object.keys(own);
  if (key !== undefined) {
    const reason = `"${name}" leads to several objects; say "${key}" for each of them`;
    throw createError('invalid_parameter', { parameter: 'expand', reason });
  }
  for (const object of Object.keys(expand)) {
    if (!relation.targets.has(object)) {
      throw createError('unknown_field', { object: name, field: object });
    }
  }
  const records = new Map<string, RecordsPlan>();
  for (const [object, view] of relation.targets) {
    records.set(object, planNamed(view, { node: expand[object] ?? {}, level, link: [] }));
  }
  const { objectField } = relation.meta.polymorphic;
  return { kind: 'any', name, limit: undefined, objectField, records };
}

function enter({ depth, cost }: Level): void {
  cost.nodes += 1;
  checkLimit('expand depth', MAX_EXPAND_DEPTH, depth);
  checkLimit('expanded relations', MAX_EXPAND_NODES, cost.nodes);
}

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

import type { RowExists, RowFilter } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { isPlain, shallow, type Condition } from './condition.js';
import { conditionExpression } from './expression.js';
import { matchQuery } from './match.js';
import { createNames, type FilterScope } from './scope.js';
import { KEY_FIELD } from '../schema/catalog.js';
import type { Columns, ColumnView, Views } from './view.js';

/** Lookups inside each other; the core allows fewer. */
const MAX_DEPTH = 16;

/** The scope of a statement on a table. */
export function statementScope(columns: Columns, views: Views): FilterScope {
  return { columns, views, stages: [], depth: 0, nextName: createNames(), lookUp: lookUpStage };
}

/**
 * The stages that keep the documents for which a filter is true. What documents themselves tell
 * comes first, so that indexes can serve it and less is looked up.
 */
export function filterStages(where: RowFilter | undefined, outer: FilterScope): Document[] {
  if (where === undefined) return [];
  const scope = { ...outer, stages: [] as Document[] };
  const { condition, flags } = shallow(where, () => scope.nextName('flag'));
  const terms: readonly Condition[] = condition.op === 'and' ? condition.args : [condition];
  const plain = terms.filter(isPlain);
  const rest = terms.filter((term) => !isPlain(term));
  for (const flag of flags) {
    const value = conditionExpression(flag.condition, scope);
    scope.stages.push({ $set: { [flag.field]: value } });
  }
  const first = matchQuery({ op: 'and', args: plain }, scope);
  const last = matchQuery({ op: 'and', args: rest }, scope);
  return [...matchStage(first), ...scope.stages, ...matchStage(last)];
}

/**
 * The query of a filter that one document answers; `undefined` for one that needs other documents
 * or is too deep.
 */
export function plainQuery(where: RowFilter, scope: FilterScope): Document | undefined {
  const { condition, flags } = shallow(where, () => scope.nextName('flag'));
  return flags.length === 0 && isPlain(condition) ? matchQuery(condition, scope) : undefined;
}

function matchStage(query: Document): Document[] {
  return Object.keys(query).length === 0 ? [] : [{ $match: query }];
}

/** The condition of an `exists`: at most one document of the other collection is brought along. */
function lookUpStage({ table, on, where }: RowExists, scope: FilterScope): string {
  const depth = scope.depth + 1;
  if (on.length === 0 || depth > MAX_DEPTH) {
    const reason = depth > MAX_DEPTH ? `${depth} levels deep` : 'without columns';
    throw storageFailed(`"exists" on "${table.name}" ${reason}`);
  }
  const columns = scope.views(table);
  const pairs = on.map((pair) => joined(pair, columns, scope));
  const [first, ...others] = pairs as [JoinedColumns, ...JoinedColumns[]];
  const inner: FilterScope = { ...scope, columns, depth, stages: [] };
  const as = scope.nextName('exists');
  const variables = others.map(({ outer }, index) => [`outer${depth}_${index}`, outer] as const);
  const equal = others.map(({ inner: own }, index) => ({
    $eq: [`$${own.path}`, `$$outer${depth}_${index}`],
  }));
  scope.stages.push({
    $lookup: {
      from: columns.stored.collection,
      localField: first.outer.path,
      foreignField: first.inner.path,
      ...(variables.length === 0
        ? {}
        : { let: Object.fromEntries(variables.map(([name, { path }]) => [name, `$${path}`])) }),
      pipeline: [
        ...matchStage(filled(pairs)),
        ...(equal.length === 0 ? [] : [{ $match: { $expr: { $and: equal } } }]),
        ...filterStages(where, inner),
        { $limit: 1 },
        { $project: { [KEY_FIELD]: 1 } },
      ],
      as,
    },
  });
  return as;
}

/** Two columns that must be equal. */
export interface JoinedColumns {
  readonly outer: ColumnView;
  readonly inner: ColumnView;
}

function joined(
  { outer, inner }: { readonly outer: string; readonly inner: string },
  columns: Columns,
  scope: FilterScope,
): JoinedColumns {
  const own = columns.column(inner);
  const other = scope.columns.column(outer);
  if (own.type === other.type && own.type !== 'json') return { outer: other, inner: own };
  const pair = `"${other.table}.${outer}" (${other.type}) with "${own.table}.${inner}" (${own.type})`;
  throw storageFailed(`"exists" that compares ${pair}`);
}

/** An empty field would equal an absent one. */
export function filled(pairs: readonly JoinedColumns[]): Document {
  const fields = pairs.flatMap(({ inner }) => (inner.key ? [] : [inner.path]));
  return Object.fromEntries(fields.map((path) => [path, { $ne: null }]));
}

import type {
  AggregateItem,
  AggregateQuery,
  Filter,
  GroupKey,
  SortKey,
} from '@objectos/spec/contracts';
import { bucketStart, type Row } from '@objectql/core/driver';
import { matches, sorted } from '@objectos/testing';
import type { World } from './generate.js';

const NOTHING: Row = { id: null };

/** The rows of an object that a filter finds. */
export function matching(world: World, object: string, filter: Filter | undefined): Row[] {
  const rows = world.rows.get(object) ?? [];
  return filter === undefined ? rows : rows.filter((row) => holds(world, filter, row));
}

/** The rows in an order, `id` last; keys may lead to the parent. */
export function ordered(world: World, rows: readonly Row[], orderBy: readonly SortKey[]): Row[] {
  const wide = rows.map((row): Row => {
    const values = orderBy.map(({ field }) => [field, valueOf(world, row, field)]);
    return { ...row, ...(Object.fromEntries(values) as Row) };
  });
  return sorted(wide, [...orderBy, { field: 'id', direction: 'asc' }]);
}

function holds(world: World, filter: Filter, row: Row): boolean {
  switch (filter.op) {
    case 'and':
      return filter.args.every((arg) => holds(world, arg, row));
    case 'or':
      return filter.args.some((arg) => holds(world, arg, row));
    case 'not':
      return !holds(world, filter.arg, row);
    case 'compareFields': {
      const { op, operator, field: left, other: right } = filter;
      return matches({ op, operator, left, right }, row);
    }
    case 'related': {
      const [target = NOTHING] = relatedTo(world, row, filter.relation);
      return holds(world, filter.where, target);
    }
    case 'some':
      return relatedTo(world, row, filter.relation).some((other) =>
        holds(world, filter.where, other),
      );
    case 'tree':
      throw new Error('not generated');
    default:
      return matches(filter, row);
  }
}

/** Objects are called like the lookups that point to them, and like the lists of what points here. */
function relatedTo(world: World, row: Row, relation: string): Row[] {
  const others = world.rows.get(relation) ?? [];
  if (relation in row) return others.filter((other) => other['id'] === row[relation]);
  const back = relation === 'item' ? 'child' : 'parent';
  return row['id'] === null ? [] : others.filter((other) => other[back] === row['id']);
}

function valueOf(world: World, row: Row, path: string): unknown {
  const [first = '', last] = path.split('.');
  if (last === undefined) return row[first] ?? null;
  return relatedTo(world, row, first)[0]?.[last] ?? null;
}

/** The groups of an aggregate query, in the order of their values. */
export function groupsOf(world: World, query: AggregateQuery): Row[] {
  const keys = query.groupBy ?? [];
  const items = query.aggregations ?? [];
  const groups = new Map<string, { values: Row; rows: Row[] }>();
  if (keys.length === 0) groups.set('[]', { values: {}, rows: [] });
  for (const row of matching(world, 'child', query.where)) {
    const values = keys.map((key) => [key.alias, groupValue(world, row, key)]);
    const id = JSON.stringify(values);
    const group = groups.get(id) ?? { values: Object.fromEntries(values) as Row, rows: [] };
    group.rows.push(row);
    groups.set(id, group);
  }
  const all = [...groups.values()].map(({ values, rows }): Row => {
    const computed = items.map((item) => [item.alias, compute(world, item, rows)]);
    return { ...values, ...(Object.fromEntries(computed) as Row) };
  });
  const { having } = query;
  const kept = having === undefined ? all : all.filter((row) => holds(world, having, row));
  return sorted(
    kept,
    keys.map((key) => ({ field: key.alias ?? '', direction: 'asc' })),
  );
}

function groupValue(world: World, row: Row, { field, bucket, timeZone }: GroupKey): unknown {
  const value = valueOf(world, row, field);
  return bucket === undefined || value === null
    ? value
    : bucketStart(value as string, bucket, timeZone);
}

function compute(world: World, item: AggregateItem, rows: readonly Row[]): unknown {
  const { where, field } = item;
  const counted = where === undefined ? rows : rows.filter((row) => holds(world, where, row));
  if (field === undefined) return counted.length;
  const values = counted.map((row) => row[field]).filter((value) => value !== null);
  const total = () => (values as number[]).reduce((sum, value) => sum + value, 0);
  const inOrder = () =>
    sorted(
      values.map((value) => ({ value })),
      [{ field: 'value', direction: 'asc' }],
    ).map((row) => row['value']);
  switch (item.function) {
    case 'count':
      return values.length;
    case 'count_distinct':
      return new Set(values).size;
    case 'sum':
      return values.length === 0 ? null : total();
    case 'avg':
      return values.length === 0 ? null : total() / values.length;
    case 'min':
      return inOrder()[0] ?? null;
    case 'max':
      return inOrder().at(-1) ?? null;
  }
}

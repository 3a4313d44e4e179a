import type { ColumnSchema } from '../../driver/contract.js';
import type { Feed, FieldMeta, ObjectMeta, SummaryMeta } from '../compiled.js';
import type { ComputedNode } from './link.js';

type SummaryField = FieldMeta & { readonly summary: SummaryMeta };

/** Puts compiled fields into their objects, and what depends on each object beside it. */
export function attachComputed(
  objects: ReadonlyMap<string, ObjectMeta>,
  nodes: ReadonlyMap<string, ComputedNode>,
  order: readonly FieldMeta[],
): Map<string, ObjectMeta> {
  if (nodes.size === 0) return new Map(objects);
  const attached = [...objects.values()].map((object) => withFields(object, nodes, order));
  const feeds = feedsOf(attached);
  return new Map(
    attached.map((object) => [object.name, { ...object, feeds: feeds.get(object.name) ?? [] }]),
  );
}

function withFields(
  object: ObjectMeta,
  nodes: ReadonlyMap<string, ComputedNode>,
  order: readonly FieldMeta[],
): ObjectMeta {
  const compiled = new Map<string, ComputedNode>();
  for (const field of object.fields.values()) {
    const node = nodes.get(`${object.name}.${field.name}`);
    if (node?.field !== undefined) compiled.set(field.name, node);
  }
  if (compiled.size === 0) return object;
  const own = new Set([...compiled.values()].map((node) => node.field));
  const fields = new Map(
    [...object.fields].map(([name, field]) => [name, compiled.get(name)?.field ?? field]),
  );
  const visible = [...fields.values()]
    .filter((field) => object.columns.has(field.name) || own.has(field))
    .map((field) => field.name);
  const stored = object.table.columns.map((column): ColumnSchema => {
    const summary = compiled.get(column.name)?.field?.summary;
    const type = summary === undefined ? undefined : compiled.get(column.name)?.field?.column;
    return type === undefined ? column : { ...column, type };
  });
  const virtual: ColumnSchema[] = [...compiled.values()].flatMap(({ field, expression }) =>
    field === undefined || expression?.sql === undefined
      ? []
      : [{ name: field.name, type: field.column, nullable: true, expression: expression.sql }],
  );
  const initial = [...own].flatMap((field) =>
    field?.summary?.function === 'count' || field?.summary?.function === 'sum'
      ? [[field.name, 0] as const]
      : [],
  );
  return {
    ...object,
    fields,
    visible,
    columns: new Set(visible),
    formulas: order.filter((field) => own.has(field)),
    initial: Object.fromEntries(initial),
    table: { ...object.table, columns: [...stored, ...virtual] },
  };
}

function feedsOf(objects: readonly ObjectMeta[]): Map<string, Feed[]> {
  const byChild = new Map<string, Map<string, SummaryField[]>>();
  for (const parent of objects) {
    for (const field of parent.fields.values()) {
      if (!isSummary(field)) continue;
      const { child, via } = field.summary;
      const feeds = byChild.get(child) ?? new Map<string, SummaryField[]>();
      byChild.set(child, feeds);
      const key = `${parent.name} ${via}`;
      feeds.set(key, [...(feeds.get(key) ?? []), field]);
    }
  }
  return new Map(
    [...byChild].map(([child, feeds]) => [
      child,
      [...feeds].map(([key, summaries]): Feed => {
        const [parent = '', via = ''] = key.split(' ');
        return { parent, via, summaries };
      }),
    ]),
  );
}

function isSummary(field: FieldMeta): field is SummaryField {
  return field.summary !== undefined;
}

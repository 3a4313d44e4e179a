import type { ExpandNode, ExpandTree, Query } from '@objectos/spec/contracts';

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

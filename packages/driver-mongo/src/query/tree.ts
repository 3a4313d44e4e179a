import type { DerivedColumn, DriverSession, Row, RowFilter, RowTree } from '@objectql/core/driver';

type Finder = Pick<DriverSession, 'find'>;

/**
 * A filter whose hierarchies are lists of ids. One query for each level: the server's own walk takes
 * no condition that looks at other documents.
 */
export async function walkTrees(filter: RowFilter, session: Finder): Promise<RowFilter> {
  if (!hasTree(filter)) return filter;
  switch (filter.op) {
    case 'and':
    case 'or': {
      const args: RowFilter[] = [];
      // One after another: a transaction runs one statement at a time.
      for (const arg of filter.args) args.push(await walkTrees(arg, session));
      return { op: filter.op, args };
    }
    case 'not':
      return { op: 'not', arg: await walkTrees(filter.arg, session) };
    case 'exists':
      return { ...filter, where: filter.where && (await walkTrees(filter.where, session)) };
    case 'tree':
      return { op: 'in', field: 'id', value: await idsIn(filter, session) };
    default:
      return filter;
  }
}

/** The same for the conditions of derived columns. */
export async function walkDerived(
  derived: readonly DerivedColumn[] | undefined,
  session: Finder,
): Promise<readonly DerivedColumn[] | undefined> {
  if (derived === undefined) return undefined;
  const walked: DerivedColumn[] = [];
  for (const column of derived) {
    if (column.kind === 'conditional') {
      walked.push({ ...column, when: await walkTrees(column.when, session) });
      continue;
    }
    if (column.kind === 'rank' || column.kind === 'distance') {
      walked.push(column);
      continue;
    }
    const via = [];
    for (const step of column.via) {
      via.push({ ...step, where: step.where && (await walkTrees(step.where, session)) });
    }
    walked.push({ ...column, via });
  }
  return walked;
}

function hasTree(filter: RowFilter): boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.args.some(hasTree);
    case 'not':
      return hasTree(filter.arg);
    case 'exists':
      return filter.where !== undefined && hasTree(filter.where);
    default:
      return filter.op === 'tree';
  }
}

/** Level by level from the root, which is none of them; what was seen is not gone to again. */
async function idsIn(tree: RowTree, session: Finder): Promise<string[]> {
  const { root, direction } = tree;
  const up = direction === 'up';
  const seen = new Set<string>([root]);
  let level: readonly string[] =
    up || (await rowsOf(tree, 'id', [root], session)).length > 0 ? [root] : [];
  while (level.length > 0) {
    const rows = await rowsOf(tree, up ? 'id' : tree.parent, level, session);
    const found = rows.map((row) => row[up ? tree.parent : 'id']);
    level = found.filter((id): id is string => typeof id === 'string' && !seen.has(id));
    for (const id of level) seen.add(id);
  }
  seen.delete(root);
  return [...seen];
}

function rowsOf(
  { table, parent, where }: RowTree,
  field: string,
  value: readonly string[],
  session: Finder,
): Promise<Row[]> {
  const among: RowFilter = { op: 'in', field, value };
  return Promise.resolve(
    session.find({
      table,
      columns: ['id', parent],
      where: where === undefined ? among : { op: 'and', args: [among, where] },
    }),
  );
}

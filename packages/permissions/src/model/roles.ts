/** A role as a file or a record declares it. */
export interface RoleEntry {
  readonly name: string;
  readonly parent?: string | undefined;
}

/** The role hierarchy. Each role's path names the roles above it: `/ceo/vp_sales/rep/`. */
export interface RoleTree {
  readonly paths: ReadonlyMap<string, string>;
  /** Roles that have roles below them. */
  readonly parents: ReadonlySet<string>;
}

/** A hierarchy that goes round in a circle, or deeper than this, is none. */
export const MAX_ROLE_DEPTH = 32;

/** Works out the paths. A role in a circle, or below an unknown one, stands alone: it opens nothing. */
export function buildRoleTree(roles: Iterable<RoleEntry>): RoleTree {
  const entries = new Map<string, RoleEntry>();
  for (const role of roles) if (!entries.has(role.name)) entries.set(role.name, role);
  const paths = new Map<string, string>();
  const parents = new Set<string>();
  for (const { name, parent } of entries.values()) {
    const chain = chainOf(name, entries);
    paths.set(name, `/${(chain ?? [name]).join('/')}/`);
    if (parent !== undefined && chain !== undefined && chain.length > 1) parents.add(parent);
  }
  return { paths, parents };
}

/** The roles from the top down to this one; `undefined` for a circle or a depth beyond the limit. */
export function chainOf(
  name: string,
  roles: ReadonlyMap<string, RoleEntry>,
): readonly string[] | undefined {
  const chain: string[] = [];
  let current: RoleEntry | undefined = roles.get(name);
  while (current !== undefined) {
    if (chain.includes(current.name) || chain.length >= MAX_ROLE_DEPTH) return undefined;
    chain.unshift(current.name);
    current = current.parent === undefined ? undefined : roles.get(current.parent);
  }
  return chain;
}

/** The role itself and those above it, nearest first. A role that nobody declared is alone. */
export function ancestorsOf(tree: RoleTree, role: string): readonly string[] {
  const path = tree.paths.get(role);
  return path === undefined ? [role] : path.slice(1, -1).split('/').reverse();
}

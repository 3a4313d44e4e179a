/** What each node needs: its id to the ids it depends on. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/** Layers of a graph: the members of a wave depend only on earlier waves. */
export interface Waves {
  readonly waves: readonly (readonly string[])[];
  /** Each cycle once, as a path that ends where it begins. */
  readonly cycles: readonly (readonly string[])[];
}

/** Sorts a graph into waves, in stable order; edges to unknown nodes don't count. */
export function topologicalWaves(edges: Edges): Waves {
  const waves: string[][] = [];
  const placed = new Set<string>();
  let rest = [...edges.keys()];
  while (rest.length > 0) {
    const wave = rest.filter((id) => needs(edges, id).every((need) => placed.has(need)));
    if (wave.length === 0) return { waves, cycles: findCycles(edges, rest) };
    for (const id of wave) placed.add(id);
    waves.push(wave);
    rest = rest.filter((id) => !placed.has(id));
  }
  return { waves, cycles: [] };
}

/** All nodes that depend on one of `ids`, directly or not; `ids` themselves excluded. */
export function dependantsOf(edges: Edges, ids: Iterable<string>): Set<string> {
  const reverse = new Map<string, string[]>();
  for (const [id, targets] of edges) {
    for (const target of targets) reverse.set(target, [...(reverse.get(target) ?? []), id]);
  }
  const start = [...ids];
  const found = new Set<string>();
  const queue = [...start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const dependant of reverse.get(id) ?? []) {
      if (found.has(dependant)) continue;
      found.add(dependant);
      queue.push(dependant);
    }
  }
  for (const id of start) found.delete(id);
  return found;
}

function needs(edges: Edges, id: string): readonly string[] {
  return (edges.get(id) ?? []).filter((need) => edges.has(need));
}

/** Depth first with an explicit stack of the path; every node of `among` may be on or behind a cycle. */
function findCycles(edges: Edges, among: readonly string[]): string[][] {
  const cycles = new Map<string, string[]>();
  const done = new Set<string>();
  const visit = (id: string, path: string[]): void => {
    const position = path.indexOf(id);
    if (position >= 0) {
      const cycle = rotate(path.slice(position));
      cycles.set([...cycle].sort().join('\n'), [...cycle, ...cycle.slice(0, 1)]);
      return;
    }
    if (done.has(id)) return;
    for (const need of needs(edges, id)) visit(need, [...path, id]);
    done.add(id);
  };
  for (const id of among) visit(id, []);
  return [...cycles.values()];
}

/** The same cycle from its smallest id, so that one cycle has one name. */
function rotate(cycle: readonly string[]): string[] {
  const smallest = [...cycle].sort()[0] ?? '';
  const at = cycle.indexOf(smallest);
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}

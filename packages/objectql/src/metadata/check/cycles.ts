import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';

/** One kind of circle: which fields make it, and what to tell about it. */
interface Circle {
  readonly code: 'master_detail_cycle' | 'required_cycle';
  readonly belongs: (field: FieldMeta) => boolean;
}

const OWNERSHIP: Circle = {
  code: 'master_detail_cycle',
  belongs: (field) => field.type === 'master_detail',
};
const REQUIRED: Circle = {
  code: 'required_cycle',
  belongs: (field) => field.required && !field.multiple,
};

/**
 * Circles between objects, each told once as a path: a detail cannot own its master, and where every
 * record needs another one first, there is no first one.
 */
export function checkCycles(
  objects: ReadonlyMap<string, ObjectMeta>,
  items: ReadonlyMap<string, Merged>,
): MetadataProblem[] {
  const owned = circlesOf(OWNERSHIP, objects, items);
  const required = circlesOf(REQUIRED, objects, items);
  // A circle of ownership is one of required fields too, and is told as what it is.
  return [...owned.problems, ...required.problems.filter((_, at) => !isOwned(at))];

  function isOwned(at: number): boolean {
    const path = required.paths[at] ?? [];
    return owned.paths.some((other) => sameCircle(other, path));
  }
}

function sameCircle(one: readonly string[], other: readonly string[]): boolean {
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((name) => members.has(name));
}

interface Circles {
  readonly paths: (readonly string[])[];
  readonly problems: MetadataProblem[];
}

function circlesOf(
  circle: Circle,
  objects: ReadonlyMap<string, ObjectMeta>,
  items: ReadonlyMap<string, Merged>,
): Circles {
  const found: Circles = { paths: [], problems: [] };
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) {
      const path = [...trail.slice(start), name];
      found.paths.push(path);
      found.problems.push(describe(path));
      return;
    }
    if (done.has(name)) return;
    for (const field of fieldsOf(circle, objects.get(name))) {
      visit(field.reference ?? '', [...trail, name]);
    }
    done.add(name);
  };
  const describe = (path: string[]): MetadataProblem => {
    const [owner = '', next = ''] = path;
    const field = fieldsOf(circle, objects.get(owner)).find((one) => one.reference === next);
    const position = items.get(owner)?.locate(['fields', field?.name ?? '']);
    return problem(circle.code, { path }, position ?? { file: '', line: 1, column: 1 });
  };
  for (const name of objects.keys()) visit(name, []);
  return found;
}

function fieldsOf({ belongs }: Circle, object: ObjectMeta | undefined): FieldMeta[] {
  return (object?.relations ?? []).filter(belongs);
}

import type { MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';

/** A detail cannot own its master: circles of master-detail fields, each told once as a path. */
export function checkMasterDetailCycles(
  objects: ReadonlyMap<string, ObjectMeta>,
  items: ReadonlyMap<string, Merged>,
): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) {
      problems.push(describe([...trail.slice(start), name]));
      return;
    }
    if (done.has(name)) return;
    for (const master of mastersOf(objects.get(name))) visit(master, [...trail, name]);
    done.add(name);
  };
  const describe = (path: string[]): MetadataProblem => {
    const [owner = '', master = ''] = path;
    const field = objects
      .get(owner)
      ?.relations.find((one) => one.type === 'master_detail' && one.reference === master);
    const position = items.get(owner)?.locate(['fields', field?.name ?? '']);
    return problem('master_detail_cycle', { path }, position ?? { file: '', line: 1, column: 1 });
  };
  for (const name of objects.keys()) visit(name, []);
  return problems;
}

function mastersOf(object: ObjectMeta | undefined): string[] {
  return (object?.relations ?? []).flatMap((field) =>
    field.type === 'master_detail' && field.reference !== undefined ? [field.reference] : [],
  );
}

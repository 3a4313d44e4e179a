import { suggest } from '@objectos/spec/metadata';
import { problem, type CheckedMetadata, type MetadataProblem } from '@objectql/core';
import { roleCycle } from './problems.js';
import { chainOf, type RoleEntry } from '../model/roles.js';

/** Parents exist, and nobody stands above themselves. A circle is told once, at its first member. */
export function checkRoles({ items }: CheckedMetadata): MetadataProblem[] {
  const roles = items.get('role') ?? new Map<string, never>();
  const entries = new Map(
    [...roles.values()].map((item) => [item.name, item.value as unknown as RoleEntry]),
  );
  const problems: MetadataProblem[] = [];
  const told = new Set<string>();
  for (const item of roles.values()) {
    const { parent } = item.value as unknown as RoleEntry;
    if (parent === undefined) continue;
    const position = item.locate(['parent'], 'value');
    if (!entries.has(parent)) {
      const suggestion = suggest(parent, entries.keys());
      const params = { owner: `Role "${item.name}"`, type: 'role', name: parent, suggestion };
      problems.push(problem('item_unknown', params, position));
    } else if (chainOf(item.name, entries) === undefined && !told.has(item.name)) {
      const path = circleFrom(item.name, entries);
      for (const name of path) told.add(name);
      problems.push(roleCycle(path, position));
    }
  }
  return problems;
}

function circleFrom(name: string, roles: ReadonlyMap<string, RoleEntry>): string[] {
  const path = [name];
  let current = roles.get(name)?.parent;
  while (current !== undefined && !path.includes(current)) {
    path.push(current);
    current = roles.get(current)?.parent;
  }
  return current === undefined ? path : [...path, current];
}

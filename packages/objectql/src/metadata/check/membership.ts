import { suggest } from '@objectos/spec/metadata';
import { problem } from '../problems.js';
import type { KeyPath } from '../source/types.js';
import type { RelationCheck } from './relations.js';

/**
 * Checks what objects say about the organizations that see their records: the object in between has
 * to be there, with a lookup to the record and one to the organization.
 */
export function checkMemberships({ objects, items, names, problems }: RelationCheck): void {
  for (const item of items.values()) {
    const meta = objects.get(item.name);
    const membership = meta?.definition.membership;
    if (meta === undefined || membership === undefined) continue;
    const locate = (path: KeyPath) => item.locate(['membership', ...path], 'value');
    const owner = `"${meta.name}"`;
    (membership.hides ?? []).forEach((name, at) => {
      if (meta.columns.has(name)) return;
      const params = { owner: 'membership', object: meta.name, name };
      const suggestion = suggest(name, meta.visible);
      problems.push(problem('field_unknown', { ...params, suggestion }, locate(['hides', at])));
    });
    const between = objects.get(membership.object);
    if (between === undefined) {
      if (names.has(membership.object)) continue;
      const params = { owner: meta.name, name: membership.object };
      const suggestion = suggest(membership.object, names);
      problems.push(problem('reference_unknown', { ...params, suggestion }, locate(['object'])));
      continue;
    }
    const ends = { record: meta.name, organization: 'organization' } as const;
    for (const [key, reference] of Object.entries(ends) as [keyof typeof ends, string][]) {
      const field = between.fields.get(membership[key]);
      if (field?.reference === reference && !field.multiple) continue;
      const params = { owner, object: between.name, field: membership[key], reference };
      problems.push(problem('membership_field', params, locate([key])));
    }
  }
}

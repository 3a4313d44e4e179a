import { suggest, type PermissionSetDefinition } from '@objectos/spec/metadata';
import { problem, type CheckedMetadata, type MetadataProblem, type Merged } from '@objectql/core';
import { checkCondition } from './conditions.js';

/** What a set grants exists: objects, fields, roles; its policies can be compiled. */
export function checkSets(metadata: CheckedMetadata): MetadataProblem[] {
  return [...(metadata.items.get('permission_set')?.values() ?? [])].flatMap((item) =>
    checkSet(item, metadata),
  );
}

/** The problems of one set; records are checked by it too, at the moment they are written. */
export function checkSet(item: Merged, metadata: CheckedMetadata): MetadataProblem[] {
  const set = item.value as unknown as PermissionSetDefinition;
  const owner = `Permission set "${item.name}"`;
  const problems: MetadataProblem[] = [];
  const { objects } = metadata;
  for (const name of Object.keys(set.objects ?? {})) {
    if (name !== '*' && !objects.has(name)) {
      const params = { owner: item.name, name, suggestion: suggest(name, objects.keys()) };
      problems.push(problem('reference_unknown', params, item.locate(['objects', name], 'key')));
    }
  }
  for (const key of Object.keys(set.fields ?? {})) {
    problems.push(...checkFieldKey(item, { owner, key }, metadata));
  }
  (set.assignedTo ?? []).forEach((holder, at) => {
    if (holder.type !== 'role' && holder.type !== 'role_and_subordinates') return;
    const path = ['assignedTo', at, 'value'];
    problems.push(...checkRole(item, { owner, role: holder.value, path }, metadata));
  });
  (set.rowLevelSecurity ?? []).forEach((policy, at) => {
    const path = ['rowLevelSecurity', at];
    const meta = objects.get(policy.object);
    (policy.roles ?? []).forEach((role, position) =>
      problems.push(
        ...checkRole(item, { owner, role, path: [...path, 'roles', position] }, metadata),
      ),
    );
    if (meta === undefined) {
      const suggestion = suggest(policy.object, objects.keys());
      const params = { owner: `${item.name}.${policy.name}`, name: policy.object, suggestion };
      const position = item.locate([...path, 'object'], 'value');
      problems.push(problem('reference_unknown', params, position));
      return;
    }
    for (const side of ['using', 'check'] as const) {
      const source = policy[side];
      if (source === undefined) continue;
      const what = `"${side}" of policy "${policy.name}"`;
      problems.push(
        ...checkCondition({ source, meta, item, what, path: [...path, side] }, metadata),
      );
    }
  });
  return problems;
}

function checkFieldKey(
  item: Merged,
  { owner, key }: { owner: string; key: string },
  { objects }: CheckedMetadata,
): MetadataProblem[] {
  const [object = '', field = ''] = key.split('.');
  if (object === '*') return [];
  const meta = objects.get(object);
  const position = item.locate(['fields', key], 'key');
  if (meta === undefined) {
    const params = { owner: item.name, name: object, suggestion: suggest(object, objects.keys()) };
    return [problem('reference_unknown', params, position)];
  }
  if (field === '*' || meta.fields.has(field)) return [];
  const suggestion = suggest(field, meta.fields.keys());
  return [problem('field_unknown', { owner, object, name: field, suggestion }, position)];
}

/** A role that a file names stands in a file: records come and go. */
export function checkRole(
  item: Merged,
  given: { owner: string; role: string; path: readonly (string | number)[] },
  { items }: CheckedMetadata,
): MetadataProblem[] {
  const { owner, role, path } = given;
  const roles = items.get('role') ?? new Map<string, never>();
  // The sign-in names the roles of an organization's members like this; no file declares them.
  if (roles.has(role) || role.startsWith('organization:')) return [];
  const suggestion = suggest(role, roles.keys());
  const params = { owner, type: 'role', name: role, suggestion };
  return [problem('item_unknown', params, item.locate(path, 'value'))];
}

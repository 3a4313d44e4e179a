import { suggest, type SharingRuleDefinition } from '@objectos/spec/metadata';
import { problem, type CheckedMetadata, type MetadataProblem, type Merged } from '@objectql/core';
import { checkCondition } from './conditions.js';
import { sharingRuleUseless } from './problems.js';
import { checkRole } from './sets.js';

/** Sharing rules speak about objects, fields and roles that exist. */
export function checkSharingRules(metadata: CheckedMetadata): MetadataProblem[] {
  return [...(metadata.items.get('sharing_rule')?.values() ?? [])].flatMap((item) =>
    checkSharingRule(item, metadata),
  );
}

/** The problems of one rule. */
export function checkSharingRule(item: Merged, metadata: CheckedMetadata): MetadataProblem[] {
  const rule = item.value as unknown as SharingRuleDefinition;
  const { objects } = metadata;
  const owner = `Sharing rule "${item.name}"`;
  const meta = objects.get(rule.object);
  if (meta === undefined) {
    const suggestion = suggest(rule.object, objects.keys());
    const params = { owner: item.name, name: rule.object, suggestion };
    return [problem('reference_unknown', params, item.locate(['object'], 'value'))];
  }
  const problems: MetadataProblem[] = [];
  if (meta.definition.sharingModel === 'controlled_by_parent') {
    const position = item.locate(['object'], 'value');
    problems.push(sharingRuleUseless(item.name, rule.object, position));
  }
  const named = [
    { grantee: rule.sharedWith, path: ['sharedWith', 'value'] },
    ...(rule.type === 'owner' ? [{ grantee: rule.ownedBy, path: ['ownedBy', 'value'] }] : []),
  ];
  for (const { grantee, path } of named) {
    if (grantee.type !== 'role' && grantee.type !== 'role_and_subordinates') continue;
    problems.push(...checkRole(item, { owner, role: grantee.value, path }, metadata));
  }
  if (rule.type === 'criteria') {
    const what = `condition of sharing rule "${item.name}"`;
    const source = rule.condition;
    problems.push(...checkCondition({ source, meta, item, what, path: ['condition'] }, metadata));
  }
  return problems;
}

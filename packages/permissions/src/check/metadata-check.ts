import type { MetadataCheck, MetadataProblem } from '@objectql/core';
import { parentsOf } from '../compile/record-access.js';
import { sharingWithoutParent } from './problems.js';
import { checkRoles } from './roles.js';
import { checkSets } from './sets.js';
import { checkSharingRules } from './sharing-rules.js';

/** Everything that can be wrong with roles, permission sets and sharing before anybody uses them. */
export const permissionsCheck: MetadataCheck = (metadata) => [
  ...checkObjects(metadata),
  ...checkRoles(metadata),
  ...checkSets(metadata),
  ...checkSharingRules(metadata),
];

function checkObjects({ items, objects }: Parameters<MetadataCheck>[0]): MetadataProblem[] {
  return [...objects.values()].flatMap((meta) => {
    if (meta.definition.sharingModel !== 'controlled_by_parent') return [];
    if (parentsOf(meta).length > 0) return [];
    const position =
      items.get('object')?.get(meta.name)?.locate(['sharingModel'], 'value') ?? meta.position;
    return [sharingWithoutParent(meta.name, position)];
  });
}

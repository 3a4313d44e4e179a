/** Every kind of metadata file, in load order. The file suffix is `.<type>.yml` (or `.yaml`, `.json`). */
export const METADATA_TYPES = [
  'object',
  'validation',
  'permission_set',
  'role',
  'sharing_rule',
  'hook',
  'view',
  'app',
  'dashboard',
  'action',
  'workflow',
  'flow',
  'approval',
  'workflow_rule',
  'translation',
  'seed',
] as const;

/** One of {@link METADATA_TYPES}. */
export type MetadataType = (typeof METADATA_TYPES)[number];

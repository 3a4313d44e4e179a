import { createError } from '@objectos/spec/errors';
import { formats, METADATA_TYPES, suggest, type MetadataType } from '@objectos/spec/metadata';

/** What people who only use an application need to draw it. Everything else is for administrators. */
const FOR_EVERYBODY: ReadonlySet<MetadataType> = new Set<MetadataType>([
  'object',
  'view',
  'app',
  'dashboard',
  'action',
  'translation',
]);

const byName = new Map<string, MetadataType>(
  METADATA_TYPES.flatMap((type) => [
    [`${type}s`, type],
    [formats[type].folder, type],
    [type, type],
  ]),
);

/** Reads a type from a path, singular or plural. @throws `metadata_type_unknown` */
export function readType(text: string): MetadataType {
  const type = byName.get(text);
  if (type !== undefined) return type;
  throw createError('metadata_type_unknown', {
    type: text.slice(0, 64),
    suggestion: suggest(text, byName.keys()),
  });
}

/** True for a type whose items every signed-in principal may read. */
export function isForEverybody(type: MetadataType): boolean {
  return FOR_EVERYBODY.has(type);
}

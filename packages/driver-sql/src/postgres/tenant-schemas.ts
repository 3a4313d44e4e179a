import { createHash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Longest name of a shared schema that stands as it is before those of its organizations. */
const PLAIN = 20;

/**
 * The schema of an organization: the name of the shared schema, so that several applications can use
 * one database, and the id. An id that is no UUID is hashed, so that no two ids have one schema and
 * none has a character of its own choice in it.
 */
export function tenantSchemaName(shared: string, organization: string): string {
  const id = UUID.test(organization)
    ? organization.replaceAll('-', '_')
    : `x${hash(organization).slice(0, 35)}`;
  return `${prefixOf(shared)}_org_${id}`;
}

function prefixOf(shared: string): string {
  const isPlain = shared.length <= PLAIN && /^[a-z_][a-z0-9_]*$/.test(shared);
  return isPlain ? shared : `s${hash(shared).slice(0, 15)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the schema of an organization says of itself, in the words of `COMMENT`. */
export function tenantSchemaNote(shared: string): string {
  return `objectql: an organization of ${shared.replace(/[^\w ]/g, '?')}`;
}

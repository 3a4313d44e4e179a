/** Whom something is given to, as metadata and records say it. */
export interface Grantee {
  readonly type: string;
  readonly value?: string | undefined;
}

/** The key of everybody who is signed in. */
export const EVERYONE = 'everyone';
/** The key of everybody who is not. */
export const GUEST = 'guest';

/**
 * A grantee as one text: `user:42`, `role:sales_rep`, `everyone`. A principal has a few such keys,
 * however many roles and groups there are, and what is given to one of them is given to the principal.
 */
export function granteeKey({ type, value }: Grantee): string {
  return value === undefined ? type : `${type}:${value}`;
}

/** The grantee of a key; `undefined` for text that is none. */
export function parseGrantee(key: string): Grantee | undefined {
  if (key === EVERYONE || key === GUEST) return { type: key };
  const at = key.indexOf(':');
  const type = key.slice(0, at);
  const value = key.slice(at + 1);
  return at > 0 && value !== '' && KINDS.has(type) ? { type, value } : undefined;
}

const KINDS: ReadonlySet<string> = new Set([
  'user',
  'group',
  'team',
  'role',
  'role_and_subordinates',
]);

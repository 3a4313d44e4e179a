import type { AccessFilter, Scalar } from '@objectos/spec/contracts';

/** What a policy knows about the one who asks, and when. */
export interface Bindings {
  /** `current_user`: `id`, `tenant_id`, `role`, `roles`, `groups`, and the fields of the user's record. */
  readonly user: Readonly<Record<string, unknown>>;
  readonly now: Date;
}

/** A condition on records that becomes a filter once it is known who asks. */
export interface Predicate {
  bind(bindings: Bindings): AccessFilter;
  /** True when the filter depends on the clock. */
  readonly volatile: boolean;
  /** Names below `current_user` that it reads. */
  readonly userFields: ReadonlySet<string>;
}

/** A filter that every row fulfils. */
export const EVERY: AccessFilter = { op: 'and', args: [] };
/** A filter that no row fulfils. */
export const NONE: AccessFilter = { op: 'or', args: [] };

/** Names below `current_user` that are there without a user record. */
export const BUILT_IN_USER_FIELDS: readonly string[] = [
  'id',
  'tenant_id',
  'organization_id',
  'role',
  'roles',
  'groups',
];

/** Finds a name below `current_user`; `$User.Id` and `$User.id` are the same. */
export function userValue(bindings: Bindings, name: string): unknown {
  const { user } = bindings;
  if (Object.hasOwn(user, name)) return user[name];
  const lower = name.toLowerCase();
  return Object.hasOwn(user, lower) ? user[lower] : undefined;
}

/** A value as a filter compares with it; anything that is none counts as no value. */
export function scalarOf(value: unknown): Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : null;
}

import { systemContext, type ExecutionContext, type RecordData } from '@objectos/spec/contracts';
import type { AdminScope } from './context.js';

const OBJECT = 'role_assignment';

/**
 * Keeps the roles that a user's record names (the sign-in's) as assignments too: the hierarchy must
 * know whose records stand below whom, also of people who are not signed in. Only roles that the
 * hierarchy has; assignments that somebody made by hand are left alone.
 */
export async function followSignInRoles(
  scope: AdminScope,
  user: Readonly<RecordData>,
  ctx: ExecutionContext = systemContext('permissions'),
): Promise<void> {
  const { paths } = (await scope.store.modelOf(null)).roles;
  const named = rolesIn(user).filter((role) => paths.has(role));
  const rows = await scope.reader.having(OBJECT, { user_id: user['id'], from_sign_in: true });
  const own: ExecutionContext = {
    ...systemContext('permissions'),
    ...(ctx.transaction === undefined ? {} : { transaction: ctx.transaction }),
  };
  for (const row of rows) {
    if (named.includes(String(row['role']))) continue;
    await scope.engine.delete(OBJECT, String(row['id']), own);
  }
  for (const role of named) {
    if (rows.some((row) => row['role'] === role)) continue;
    await scope.engine.insert(OBJECT, { user_id: user['id'], role, from_sign_in: true }, own);
  }
}

/** {@link followSignInRoles} for everybody: the first time, and after the roles of files changed. */
export async function followAllSignInRoles(scope: AdminScope): Promise<void> {
  const user = scope.snapshot().objects.get('user');
  if (user?.columns.has('role') !== true) return;
  for (const row of await scope.reader.having('user', {})) {
    if (rolesIn(row).length > 0) await followSignInRoles(scope, row);
  }
}

function rolesIn(user: Readonly<RecordData>): string[] {
  const role = user['role'];
  return typeof role === 'string' ? role.split(',').map((one) => one.trim()) : [];
}

import type { DataEngine, Principal } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { MetadataSnapshot } from '@objectql/core';
import type { Grants } from '../grants/grants.js';
import { givable, holdsSystem } from '../grants/narrow.js';
import type { RecordReader } from '../grants/reader.js';
import type { PolicyStore } from '../policy-store.js';
import type { Revision } from '../revision.js';
import type { PermissionModel } from '../model/types.js';

/** What guarding the permission records needs. */
export interface AdminScope {
  readonly engine: DataEngine;
  readonly store: PolicyStore;
  readonly reader: RecordReader;
  readonly revision: Revision;
  readonly snapshot: () => MetadataSnapshot;
}

/** Who changes permissions, with what they hold; `undefined` for the system, which passes. */
export type Administrator =
  { readonly model: PermissionModel; readonly grants: Grants } | undefined;

/**
 * The administrator behind a write.
 *
 * @throws `permission_denied` unless one of the system permissions is held
 */
export async function administrator(
  scope: AdminScope,
  principal: Principal,
  about: { object: string; operation: string; anyOf: readonly string[] },
): Promise<Administrator> {
  if (principal.kind === 'system') return undefined;
  const held = scope.store.entryOf(principal) ?? (await scope.store.load(principal));
  const permitted = about.anyOf.some((one) => holdsSystem(principal, held.grants, one));
  if (permitted) return { model: held.model, grants: givable(principal, held.grants) };
  throw denied(about, `it needs the system permission ${about.anyOf.join(' or ')}`);
}

/** `permission_denied` for a change of permissions. */
export function denied(about: { object: string; operation: string }, reason: string): Error {
  return createError('permission_denied', {
    object: about.object,
    operation: about.operation,
    reason,
  });
}

/** Rights of their own: managing everything, or only giving out what there is. */
export const MANAGE = ['manage_permissions'] as const;
/** Either of the two. */
export const ASSIGN = ['manage_permissions', 'assign_permissions'] as const;

import type { AccessOperation, Principal, RecordData } from '@objectos/spec/contracts';
import type { RecordReader } from '../grants/reader.js';
import type { PermissionModel } from '../model/types.js';
import type { PolicyStore } from '../policy-store.js';
import { explain } from './explain.js';
import type { Explanation } from './types.js';

/** What somebody wants to have explained. */
export interface ExplainRequest {
  readonly userId: string;
  readonly tenantId: string | null;
  readonly object: string;
  readonly operation: AccessOperation;
  readonly recordId: string | null;
  /** Roles that came with the sign-in; absent: those that the user's record names. */
  readonly roles?: readonly string[] | undefined;
}

/** Explains accesses of any user of a tenant. */
export type ExplainService = (request: ExplainRequest) => Promise<Explanation>;

/** Makes the service. */
export function createExplainService(store: PolicyStore, reader: RecordReader): ExplainService {
  return async ({ userId, tenantId, object, operation, recordId, roles }) => {
    const model = await store.modelOf(tenantId);
    // Whose refusal stands in the log of an organization has acted there; of others it knows its members.
    const signedIn = roles ?? (await signInRoles({ model, reader, userId, tenantId }));
    const asked = { user: userId, object, operation, recordId };
    if (signedIn === undefined) return nobody(asked);
    const principal: Principal = {
      kind: 'user',
      id: userId,
      tenantId,
      roles: signedIn,
      fingerprint: '',
    };
    const { grants } = await store.load(principal);
    const records = reader.of(tenantId);
    const exists = model.objects.has(object) && recordId !== null;
    return explain({
      model,
      grants,
      object,
      operation,
      recordId,
      record: exists ? await records.one(object, recordId) : undefined,
      read: (name, columns) => records.having(name, columns as RecordData),
      now: new Date(),
    });
  };
}

/** The roles that somebody's sign-in would bring; `undefined` for who is no member of the organization. */
async function signInRoles(about: {
  readonly model: PermissionModel;
  readonly reader: RecordReader;
  readonly userId: string;
  readonly tenantId: string | null;
}): Promise<readonly string[] | undefined> {
  const { model, reader, userId, tenantId } = about;
  const meta = model.objects.get('user');
  if (meta === undefined) return [];
  const { membership } = meta.definition;
  const own = rolesOf(await reader.one('user', userId));
  if (membership === undefined || tenantId === null) return own;
  const { object, record, organization } = membership;
  const [tie] = await reader.having(object, { [record]: userId, [organization]: tenantId });
  if (tie === undefined) return undefined;
  return [...own, ...rolesOf(tie).map((role) => `organization:${role}`)];
}

function nobody(asked: Pick<Explanation, 'user' | 'object' | 'operation' | 'recordId'>) {
  const reason = `the organization has no member "${asked.user}"`;
  return {
    ...asked,
    allowed: false,
    layers: [{ layer: 'principal', passed: false, reason }],
  } as const;
}

function rolesOf(user: RecordData | undefined): string[] {
  const role = user?.['role'];
  return typeof role === 'string' ? role.split(',').map((one) => one.trim()) : [];
}

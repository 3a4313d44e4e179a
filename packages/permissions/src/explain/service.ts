import type { AccessOperation, Principal, RecordData } from '@objectos/spec/contracts';
import type { RecordReader } from '../grants/reader.js';
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
    const user = model.objects.has('user') ? await reader.one('user', userId) : undefined;
    const principal: Principal = {
      kind: 'user',
      id: userId,
      tenantId,
      roles: roles ?? rolesOf(user),
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

function rolesOf(user: RecordData | undefined): string[] {
  const role = user?.['role'];
  return typeof role === 'string' ? role.split(',').map((one) => one.trim()) : [];
}

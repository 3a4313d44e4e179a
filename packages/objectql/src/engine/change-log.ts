import type { ExecutionContext, Principal, RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';

/** What happened to a record. */
export type ChangeOperation = 'create' | 'update' | 'delete' | 'purge' | 'restore';

/** One change of one record, as the change log stores it and events tell it. */
export interface RecordChange {
  readonly object: string;
  readonly id: string;
  readonly operation: ChangeOperation;
  readonly revision: number;
  readonly changed: readonly string[];
  /** Values before, of the changed fields (all fields for a purge). */
  readonly before: RecordData | null;
  /** Values after, of the changed fields (all fields for a create). */
  readonly after: RecordData | null;
  readonly tenantId: string | null;
  readonly at: string;
}

const systemActors = new WeakMap<Principal, string>();

/** The name under which a principal acts, e.g. `user-id` or `system:seed`. */
export function actorOf(principal: Principal): string {
  if (principal.kind !== 'system') return principal.id;
  // One string for all rows of a write: who compares them sees that at a glance.
  let actor = systemActors.get(principal);
  if (actor === undefined) {
    actor = `system:${principal.id}`;
    systemActors.set(principal, actor);
  }
  return actor;
}

/** The row of `sys_change_log` for a change. */
export function changeLogRow(change: RecordChange, ctx: ExecutionContext): Row {
  return {
    object: change.object,
    record_id: change.id,
    operation: change.operation,
    revision: change.revision,
    changed: change.changed,
    before: change.before,
    after: change.after,
    actor: actorOf(ctx.principal),
    organization_id: change.tenantId,
    cause: ctx.cause === undefined || ctx.cause.length === 0 ? null : ctx.cause,
    request_id: ctx.requestId,
    origin: ctx.origin ?? null,
    impersonated_by: ctx.principal.kind === 'user' ? (ctx.principal.impersonatedBy ?? null) : null,
    at: change.at,
  };
}

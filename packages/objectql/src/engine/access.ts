import type {
  AccessDecision,
  AccessOperation,
  ExecutionContext,
  Filter,
  Principal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import type { EngineOptions } from './options.js';

/** An operation that may go on: the object, and what the principal may touch of it. */
export interface Admission {
  readonly meta: ObjectMeta;
  /** Row filter of policy and tenancy together; absent means every row. */
  readonly rows: Filter | undefined;
  /** Columns the principal sees, in order, `id` first. */
  readonly visible: readonly string[];
  readonly readable: ReadonlySet<string> | undefined;
  readonly writable: ReadonlySet<string> | undefined;
  /** Password and secret fields exist for this operation. */
  readonly unsealed: boolean;
}

const EVERYTHING: AccessDecision = { allowed: true };
const RESTRICTED: AccessDecision = {
  allowed: false,
  reason: 'the API key of this request does not include it',
};

/** The gate in front of every operation: principal, object, permission, tenancy; in this order. */
export interface Gate {
  /** @throws `principal_required`, `object_not_found`, `permission_denied` */
  admit(
    snapshot: MetadataSnapshot,
    object: string,
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission;
  /** Like `admit`, but answers `undefined` where access is denied. For what hangs on a record. */
  admitQuietly(
    snapshot: MetadataSnapshot,
    object: string,
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission | undefined;
}

/** Makes the gate of an engine. Without an access policy only system principals pass. */
export function createGate(options: Pick<EngineOptions, 'access'>): Gate {
  const systemAdmissions = new WeakMap<ObjectMeta, Admission>();
  const unsealedAdmissions = new WeakMap<ObjectMeta, Admission>();

  function decide(
    principal: Principal,
    object: string,
    operation: AccessOperation,
  ): AccessDecision {
    if (principal.kind === 'system') return EVERYTHING;
    const { operations, objects } = principal.restriction ?? {};
    if (operations?.has(operation) === false || objects?.has(object) === false) return RESTRICTED;
    const policy = options.access?.();
    if (policy === undefined) return { allowed: false, reason: 'no permission plugin is loaded' };
    return policy.decide(principal, object, operation);
  }

  function admitTo(
    meta: ObjectMeta,
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission | string {
    const { principal } = ctx;
    if (principal.kind === 'system' && principal.tenantId === null) {
      return remember(ctx.secrets === true ? unsealedAdmissions : systemAdmissions, meta, ctx);
    }
    const decision = decide(principal, meta.name, operation);
    if (!decision.allowed) return decision.reason;
    return {
      meta,
      rows: bothOf(tenantRows(principal), decision.rows),
      ...columnsFor(meta, decision.readable, principal.kind === 'system' && ctx.secrets === true),
      readable: decision.readable,
      writable: decision.writable,
    };
  }

  return {
    admit(snapshot, object, operation, ctx) {
      requirePrincipal(ctx, object, operation);
      const meta = requireObject(snapshot, object);
      const admission = admitTo(meta, operation, ctx);
      if (typeof admission !== 'string') return admission;
      throw createError('permission_denied', { object, operation, reason: admission });
    },
    admitQuietly(snapshot, object, operation, ctx) {
      const meta = snapshot.objects.get(object);
      const admission = meta === undefined ? '' : admitTo(meta, operation, ctx);
      return typeof admission === 'string' ? undefined : admission;
    },
  };
}

/** Finds an object by name, or throws `object_not_found` with a suggestion. */
export function requireObject(snapshot: MetadataSnapshot, object: string): ObjectMeta {
  const meta = snapshot.objects.get(object);
  if (meta !== undefined) return meta;
  throw createError('object_not_found', {
    object,
    suggestion: suggest(object, snapshot.objects.keys()),
  });
}

/** `and` of two optional filters. */
export function bothOf(a: Filter | undefined, b: Filter | undefined): Filter | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : { op: 'and', args: [a, b] };
}

function requirePrincipal(ctx: ExecutionContext, object: string, operation: string): void {
  // Callers in JavaScript can leave the context out; the type says they cannot.
  const principal = (ctx as Partial<ExecutionContext> | undefined)?.principal;
  if (principal === undefined) throw createError('principal_required', { object, operation });
}

/** Tenancy is a filter like any other: a user never sees rows of another organization. */
function tenantRows(principal: Principal): Filter | undefined {
  if (principal.kind === 'system' && principal.tenantId === null) return undefined;
  return { op: 'eq', field: 'organization_id', value: principal.tenantId };
}

function columnsFor(
  meta: ObjectMeta,
  readable: ReadonlySet<string> | undefined,
  unsealed: boolean,
): Pick<Admission, 'visible' | 'unsealed'> {
  if (unsealed) return { visible: [...meta.visible, ...meta.sealed], unsealed };
  if (readable === undefined) return { visible: meta.visible, unsealed };
  const visible = meta.visible.filter((column) => column === 'id' || readable.has(column));
  return { visible, unsealed };
}

function remember(
  cache: WeakMap<ObjectMeta, Admission>,
  meta: ObjectMeta,
  { secrets = false }: ExecutionContext,
): Admission {
  const known = cache.get(meta);
  if (known !== undefined) return known;
  const admission: Admission = {
    meta,
    rows: undefined,
    ...columnsFor(meta, undefined, secrets),
    readable: undefined,
    writable: undefined,
  };
  cache.set(meta, admission);
  return admission;
}

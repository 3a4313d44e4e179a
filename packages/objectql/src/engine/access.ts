import type {
  AccessDecision,
  AccessOperation,
  AccessPolicy,
  ExecutionContext,
  MaybePromise,
  Principal,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { rowFilterOf } from './access-filter.js';
import { withReadableFormulas, type FieldReader } from './computed/readable.js';
import { keptRows } from './conjunction.js';
import { isEverywhere, memberRows, namedOf, tenantRows } from './membership.js';
import type { EngineOptions } from './options.js';
import { inLanguage, type AdmittedLanguage } from './translation/language.js';

/** An operation that may go on: the object, and what the principal may touch of it. */
export interface Admission {
  readonly meta: ObjectMeta;
  /** Row filter of policy and tenancy together; absent means every row. */
  readonly rows: RowFilter | undefined;
  /** What rows must fulfil after a write; absent means nothing. */
  readonly check: RowFilter | undefined;
  /** Columns the principal sees, in order, `id` first. */
  readonly visible: readonly string[];
  readonly readable: ReadonlySet<string> | undefined;
  readonly writable: ReadonlySet<string> | undefined;
  /** Password and secret fields exist for this operation. */
  readonly unsealed: boolean;
  /**
   * Policy lets only some rows through, or membership does; belonging to an organization alone is no
   * restriction.
   */
  readonly restricted: boolean;
  /**
   * The language in which the operation reads and writes translatable fields; absent: the default one,
   * or the object has none. `rows` and `check` mean the values of the default language all the same.
   */
  readonly language?: AdmittedLanguage | undefined;
  /** Of an object that is seen by membership: what a record that names one of its records shows. */
  readonly named?: Admission | undefined;
}

const EVERYTHING: AccessDecision = { allowed: true };
const RESTRICTED: AccessDecision = {
  allowed: false,
  reason: 'the API key of this request does not include it',
};

/** The gate in front of every operation: principal, object, permission, tenancy; in this order. */
export interface Gate {
  /**
   * Loads what the policy needs about the principal. Answers in the same turn when it is there.
   *
   * @throws `access_unavailable` when the policy fails
   */
  prepare(ctx: ExecutionContext): MaybePromise<void>;
  /** @throws `principal_required`, `object_not_found`, `permission_denied`, `access_unavailable`, `record_locale_unknown` */
  admit(
    snapshot: MetadataSnapshot,
    object: string,
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission;
  /**
   * Like `admit`, but answers `undefined` where access is denied. For what hangs on a record.
   *
   * @throws `access_unavailable`
   */
  admitQuietly(
    snapshot: MetadataSnapshot,
    object: string,
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission | undefined;
}

/** Admissions are made once per decision: a policy answers with the same object until it changes. */
interface Known {
  readonly meta: ObjectMeta;
  readonly snapshot: MetadataSnapshot;
  readonly tenantId: string | null;
  readonly operation: AccessOperation;
  readonly unsealed: boolean;
  readonly admission: Admission;
}

/** Makes the gate of an engine. Without an access policy only system principals pass. */
export function createGate(options: Pick<EngineOptions, 'access'>): Gate {
  const systemAdmissions = new WeakMap<ObjectMeta, Admission>();
  const unsealedAdmissions = new WeakMap<ObjectMeta, Admission>();
  const known = new WeakMap<AccessDecision, Known>();

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
    return decideSafely(policy, principal, object, operation);
  }

  function admitTo(
    { meta, snapshot }: { meta: ObjectMeta; snapshot: MetadataSnapshot },
    operation: AccessOperation,
    ctx: ExecutionContext,
  ): Admission | string {
    const { principal } = ctx;
    const { tenantId } = principal;
    if (isEverywhere(principal)) {
      return remember(ctx.secrets === true ? unsealedAdmissions : systemAdmissions, meta, ctx);
    }
    const unsealed = principal.kind === 'system' && ctx.secrets === true;
    const decision = decide(principal, meta.name, operation);
    if (!decision.allowed) return decision.reason;
    const last = known.get(decision);
    if (last !== undefined && isFor(last, { meta, snapshot, tenantId, operation, unsealed })) {
      return withReadableFormulas(last.admission, readerOf(snapshot, ctx));
    }
    const scope = { meta, snapshot, principal, operation, unsealed };
    const admission = admissionOf(decision, scope);
    known.set(decision, { meta, snapshot, tenantId, operation, unsealed, admission });
    return withReadableFormulas(admission, readerOf(snapshot, ctx));
  }

  /** What the policy says about single fields, for formulas that read them. */
  function readerOf(snapshot: MetadataSnapshot, ctx: ExecutionContext): FieldReader {
    return {
      snapshot,
      mayRead(object, field) {
        const decision = decide(ctx.principal, object, 'read');
        return decision.allowed && (field === 'id' || decision.readable?.has(field) !== false);
      },
    };
  }

  return {
    prepare(ctx) {
      const principal = principalOf(ctx);
      // `admit` says what is wrong with a call without a principal; it knows the object.
      if (principal?.kind !== 'user') return undefined;
      const policy = options.access?.();
      return policy?.prepare === undefined ? undefined : prepareSafely(policy, principal);
    },
    admit(snapshot, object, operation, ctx) {
      requirePrincipal(ctx, object, operation);
      const meta = requireObject(snapshot, object);
      const admission = admitTo({ meta, snapshot }, operation, ctx);
      if (typeof admission !== 'string') return inLanguage(admission, snapshot, ctx);
      throw createError('permission_denied', { object, operation, reason: admission });
    },
    admitQuietly(snapshot, object, operation, ctx) {
      const meta = snapshot.objects.get(object);
      if (meta === undefined) return undefined;
      const admission = admitTo({ meta, snapshot }, operation, ctx);
      return typeof admission === 'string' ? undefined : inLanguage(admission, snapshot, ctx);
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
export function bothOf(a: RowFilter | undefined, b: RowFilter | undefined): RowFilter | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : { op: 'and', args: [a, b] };
}

/** A policy that fails is no policy: nobody gets in, and nobody is told that data is missing. */
function decideSafely(
  policy: AccessPolicy,
  principal: Principal,
  object: string,
  operation: AccessOperation,
): AccessDecision {
  try {
    return policy.decide(principal, object, operation);
  } catch (error) {
    throw unavailable(error);
  }
}

function prepareSafely(policy: AccessPolicy, principal: Principal): MaybePromise<void> {
  try {
    const pending = policy.prepare?.(principal);
    return pending?.catch((error: unknown) => {
      throw unavailable(error);
    });
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(cause: unknown): Error {
  if (isObjectOSError(cause)) return cause;
  return createError('access_unavailable', { reason: 'the permission check failed' }, { cause });
}

// Callers in JavaScript can leave the context out; the type says they cannot.
function principalOf(ctx: ExecutionContext): Principal | undefined {
  return (ctx as Partial<ExecutionContext> | undefined)?.principal;
}

function requirePrincipal(ctx: ExecutionContext, object: string, operation: string): void {
  if (principalOf(ctx) === undefined)
    throw createError('principal_required', { object, operation });
}

function isFor(known: Known, wanted: Omit<Known, 'admission'>): boolean {
  return (
    known.meta === wanted.meta &&
    known.snapshot === wanted.snapshot &&
    known.tenantId === wanted.tenantId &&
    known.operation === wanted.operation &&
    known.unsealed === wanted.unsealed
  );
}

function admissionOf(
  decision: Extract<AccessDecision, { readonly allowed: true }>,
  scope: {
    meta: ObjectMeta;
    snapshot: MetadataSnapshot;
    principal: Principal;
    operation: AccessOperation;
    unsealed: boolean;
  },
): Admission {
  const { meta, snapshot, principal, operation, unsealed } = scope;
  const { check, readable, writable } = decision;
  const rows = decision.rows === undefined ? undefined : rowFilterOf(decision.rows, meta, snapshot);
  const members = memberRows(scope, operation);
  const admission: Admission = {
    meta,
    rows: keptRows(bothOf(members ?? tenantRows(principal), rows)),
    check: check === undefined ? undefined : rowFilterOf(check, meta, snapshot),
    ...columnsFor(meta, readable, unsealed),
    readable,
    writable,
    restricted: rows !== undefined || members !== undefined,
  };
  return members === undefined ? admission : { ...admission, named: namedOf(admission, rows) };
}

function columnsFor(
  meta: ObjectMeta,
  readable: ReadonlySet<string> | undefined,
  unsealed: boolean,
): Pick<Admission, 'visible' | 'unsealed'> {
  if (unsealed) {
    const named = [...meta.sealed].filter((name) => !meta.encrypted.has(name));
    return { visible: [...meta.visible, ...named], unsealed };
  }
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
    check: undefined,
    ...columnsFor(meta, undefined, secrets),
    readable: undefined,
    writable: undefined,
    restricted: false,
  };
  cache.set(meta, admission);
  return admission;
}

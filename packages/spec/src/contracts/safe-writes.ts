import type { ObjectOSError } from '../errors/index.js';
import type { AccessOperation } from './access.js';
import type { ExecutionContext } from './context.js';
import type { RecordData } from './engine.js';

/** A request that must have one effect, however often it is sent. */
export interface OnceRequest {
  /** The client's own name of the request; 1 to 255 characters. */
  readonly key: string;
  /** Where the key counts, beside principal and tenant: the route. */
  readonly scope: string;
  /** Hash of everything that decides the effect; the same key with another one is refused. */
  readonly fingerprint: string;
  /**
   * What the work does, and to which objects. What was allowed the first time must still be allowed,
   * and the fields seen then still be readable, for the stored result to be told again.
   */
  readonly access?: readonly OnceAccess[] | undefined;
}

/** An object that a {@link OnceRequest} writes to, and how. */
export interface OnceAccess {
  readonly object: string;
  readonly operations: readonly AccessOperation[];
}

/** The answer to a {@link OnceRequest}: made now, or kept from the first time. */
export interface OnceResult<T> {
  readonly result: T;
  readonly replayed: boolean;
}

/** What a rehearsed write would do to one record. Values of fields the principal may not read are left out. */
export interface RehearsedChange {
  readonly object: string;
  readonly id: string;
  readonly operation: 'create' | 'update' | 'delete' | 'purge' | 'restore';
  /** Values before, of the changed fields; `null` for a new record. */
  readonly before: RecordData | null;
  /** Values after, of the changed fields; `null` for a deleted record. */
  readonly after: RecordData | null;
}

/** A hook or a rule that a rehearsed write ran. */
export interface RehearsedStep {
  readonly kind: 'hook' | 'rule';
  /** `beforeInsert`, …, or the name of the validation rule. */
  readonly name: string;
  readonly object: string;
  /** The plugin that a hook belongs to. */
  readonly owner?: string | undefined;
  /** Rules: whether the record broke it. */
  readonly failed?: boolean | undefined;
}

/** What a rehearsed piece of work did before it was undone. */
export interface Rehearsal<T> {
  readonly outcome:
    | { readonly ok: true; readonly result: T }
    | { readonly ok: false; readonly error: ObjectOSError };
  /** In the order they happened, cascades included; empty when the work failed. */
  readonly changes: readonly RehearsedChange[];
  /** Each hook and rule once per object, in the order they first ran. */
  readonly steps: readonly RehearsedStep[];
}

/** Ways to run writes safely. Part of the data engine. */
export interface SafeWrites {
  /**
   * Runs `work` in one transaction, once per key and for 24 hours: a second request with the same
   * key gets the stored result. Equal requests at the same time wait for the first. Work that
   * throws leaves no key, so it may be tried again.
   *
   * @param work its result is stored as JSON
   * @throws `idempotency_key_reused` when the key stands for another fingerprint; of a repeated request
   * `permission_denied`, and `idempotency_answer_withheld` when fewer fields are readable than before
   */
  once<T>(
    request: OnceRequest,
    ctx: ExecutionContext,
    work: (ctx: ExecutionContext) => Promise<T>,
  ): Promise<OnceResult<T>>;
  /**
   * Runs `work` in a transaction that is always undone: no row, no event, no number is left. A
   * refusal (status below 500) is part of the answer; anything else is thrown.
   */
  rehearse<T>(
    ctx: ExecutionContext,
    work: (ctx: ExecutionContext) => Promise<T>,
  ): Promise<Rehearsal<T>>;
}

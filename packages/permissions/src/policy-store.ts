import type {
  AccessDecision,
  AccessOperation,
  MaybePromise,
  Principal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { MetadataSnapshot } from '@objectql/core';
import { compileDecision } from './compile/decision.js';
import { grantsOf, type Grants } from './grants/grants.js';
import { readMembership } from './grants/membership.js';
import type { RecordReader } from './grants/reader.js';
import { buildModel } from './model/build.js';
import { readRecordDefinitions } from './model/record-definitions.js';
import type { PermissionModel } from './model/types.js';
import { createBoundedMap } from './bounded-map.js';

/** A filter that depends on the clock is compiled again after this time. */
export const CLOCK_STEP_MS = 500;

/** Work that began before a change may end by what it began with, this long. */
export const IN_FLIGHT_MS = 900;

/** What a {@link PolicyStore} stands on. */
export interface PolicyStoreOptions {
  readonly snapshot: () => MetadataSnapshot;
  readonly reader: RecordReader;
  readonly now?: (() => number) | undefined;
  /** Most principals that are kept; the least recently used leave. */
  readonly maxPrincipals: number;
  /** Told of parts of records that can't be used. */
  readonly onFault?: ((message: string) => void) | undefined;
  /** The transaction that reads join at the moment; what they see may never be committed. */
  readonly transaction?: (() => object | undefined) | undefined;
}

/** A principal's grants with the decisions that were compiled from them. */
interface Entry {
  readonly epoch: number;
  readonly model: PermissionModel;
  readonly grants: Grants;
  /** By operation and object. */
  readonly decisions: Map<AccessOperation, Map<string, Decided>>;
}

interface Decided {
  readonly decision: AccessDecision;
  readonly compiledAt: number;
  readonly volatile: boolean;
}

/** Models, grants and decisions: compiled once, kept until something they depend on changes. */
export interface PolicyStore {
  /** Loads the grants of a principal unless they are there. */
  prepare(principal: Principal): MaybePromise<void>;
  /** @throws `access_unavailable` when the grants are not there */
  decide(principal: Principal, object: string, operation: AccessOperation): AccessDecision;
  /** The grants that are in force for a principal, if they are there. */
  entryOf(principal: Principal): { model: PermissionModel; grants: Grants } | undefined;
  /** Loads model and grants without keeping them: for looking at somebody else. */
  load(principal: Principal): Promise<{ model: PermissionModel; grants: Grants }>;
  /** The model of a tenant. */
  modelOf(tenantId: string | null): Promise<PermissionModel>;
  /** Forgets everything: roles, sets, groups or rules changed. */
  invalidate(): void;
  /** Forgets one user: their own record changed. */
  forget(userId: string): void;
}

/** Makes a store. */
export function createPolicyStore(options: PolicyStoreOptions): PolicyStore {
  const now = options.now ?? Date.now;
  const entries = createBoundedMap<string, Entry>(options.maxPrincipals);
  // Sign-in answers with the same principal until it changes: the usual way costs one look-up.
  const recent = new WeakMap<Principal, { readonly entry: Entry; readonly forgotten: number }>();
  let forgotten = 0;
  /** What was read inside a transaction counts only there: it may be undone. */
  const inside = new WeakMap<object, Map<string, Entry>>();
  const loading = new Map<string, Promise<void>>();
  const models = new Map<string | null, { epoch: number; model: Promise<PermissionModel> }>();
  // Only answers that were compiled here count: whatever else gets into the cache opens nothing.
  const issued = new WeakSet<AccessDecision>();
  let epoch = 0;
  let changedAt = -Infinity;

  function currentEntry(principal: Principal): Entry | undefined {
    const last = recent.get(principal);
    if (last?.forgotten === forgotten && usable(last.entry) !== undefined) return last.entry;
    const key = keyOf(principal);
    const entry = usable(entries.get(key));
    if (entry !== undefined) {
      recent.set(principal, { entry, forgotten });
      return entry;
    }
    const transaction = options.transaction?.();
    return transaction === undefined ? undefined : usable(inside.get(transaction)?.get(key));
  }

  /** Every operation prepares before it begins, so only what began before the change comes here. */
  function entryInFlight(principal: Principal): Entry | undefined {
    if (now() - changedAt > IN_FLIGHT_MS) return undefined;
    const entry = entries.get(keyOf(principal));
    return entry !== undefined && entry.grants.validUntil > now() ? entry : undefined;
  }

  function usable(entry: Entry | undefined): Entry | undefined {
    if (entry?.epoch !== epoch) return undefined;
    if (entry.model.metadataVersion !== options.snapshot().version) return undefined;
    return entry.grants.validUntil > now() ? entry : undefined;
  }

  function modelOf(tenantId: string | null): Promise<PermissionModel> {
    const snapshot = options.snapshot();
    if (options.transaction?.() !== undefined) return buildFor(tenantId);
    const known = models.get(tenantId);
    if (known?.epoch === epoch) {
      return known.model.then((model) =>
        model.metadataVersion === snapshot.version ? model : fresh(tenantId),
      );
    }
    return fresh(tenantId);
  }

  function fresh(tenantId: string | null): Promise<PermissionModel> {
    const model = buildFor(tenantId);
    const kept = { epoch, model };
    models.set(tenantId, kept);
    model.catch(() => {
      if (models.get(tenantId) === kept) models.delete(tenantId);
    });
    return model;
  }

  async function buildFor(tenantId: string | null): Promise<PermissionModel> {
    const snapshot = options.snapshot();
    const model = buildModel(
      snapshot,
      tenantId,
      await readRecordDefinitions(options.reader, tenantId),
    );
    for (const message of model.faults) options.onFault?.(message);
    return model;
  }

  async function load(principal: Principal) {
    const model = await modelOf(principal.tenantId);
    const membership = await readMembership(options.reader, model, principal, now());
    return { model, grants: grantsOf(principal, model, membership) };
  }

  function keep(key: string, entry: Entry): void {
    const transaction = options.transaction?.();
    if (transaction === undefined) {
      entries.set(key, entry);
      return;
    }
    const own = inside.get(transaction) ?? new Map<string, Entry>();
    inside.set(transaction, own.set(key, entry));
  }

  async function loadEntry(principal: Principal, key: string): Promise<void> {
    // What changes while it is read is read again; a storm of changes ends with a refusal.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const begun = epoch;
      const loaded = await load(principal);
      if (begun !== epoch) continue;
      keep(key, { epoch, ...loaded, decisions: new Map() });
      return;
    }
    throw createError('access_unavailable', { reason: 'permissions change too fast' });
  }

  return {
    prepare(principal) {
      if (principal.kind === 'system' || currentEntry(principal) !== undefined) return undefined;
      const key = keyOf(principal);
      if (options.transaction?.() !== undefined) return loadEntry(principal, key);
      const running = loading.get(key);
      if (running !== undefined) return running.then(() => this.prepare(principal));
      const work = loadEntry(principal, key).finally(() => loading.delete(key));
      loading.set(key, work);
      return work;
    },
    decide(principal, object, operation) {
      const entry = currentEntry(principal) ?? entryInFlight(principal);
      if (entry === undefined) {
        throw createError('access_unavailable', { reason: 'your permissions are not loaded' });
      }
      const at = now();
      const decisions = entry.decisions.get(operation) ?? new Map<string, Decided>();
      const known = decisions.get(object);
      if (known !== undefined && (!known.volatile || at - known.compiledAt < CLOCK_STEP_MS)) {
        if (issued.has(known.decision)) return known.decision;
        throw createError('access_unavailable', { reason: 'the permission cache is damaged' });
      }
      const compiled = compileDecision({ ...entry, now: new Date(at) }, object, operation);
      issued.add(compiled.decision);
      entry.decisions.set(operation, decisions.set(object, { ...compiled, compiledAt: at }));
      return compiled.decision;
    },
    entryOf: currentEntry,
    load,
    modelOf,
    invalidate() {
      epoch += 1;
      changedAt = now();
      models.clear();
    },
    forget(userId) {
      forgotten += 1;
      for (const [key, entry] of entries.entries()) {
        if (entry.grants.userId === userId) entries.delete(key);
      }
    },
  };
}

/** Everything of a principal that a decision depends on. */
function keyOf(principal: Principal): string {
  const { id, tenantId } = principal;
  const fingerprint = principal.kind === 'user' ? principal.fingerprint : '';
  const roles = principal.kind === 'user' ? principal.roles.join(',') : '';
  return `${tenantId ?? ''} ${id} ${fingerprint} ${roles}`;
}

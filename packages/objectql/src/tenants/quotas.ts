import {
  QUOTAS,
  type Logger,
  type MaybePromise,
  type QuotaLimits,
  type QuotaName,
  type QuotaService,
  type QuotaUse,
  type StoredBytes,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver, DriverSession } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { actorOf, type RecordChange } from '../engine/change-log.js';
import { run, wait, type Steps } from '../engine/steps.js';
import { running, type CommitCheck } from '../engine/transaction.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { createOwnLimits, UNLIMITED } from './own-limits.js';
import { countUsage, isDaily, type UsageStep } from './usage.js';

/** What the quotas of an installation are made of. */
export interface QuotasOptions {
  readonly driver: Driver;
  readonly snapshot: () => MetadataSnapshot;
  /** Limits of organizations that have none of their own. */
  readonly defaults?: QuotaLimits | undefined;
  readonly storedBytes?: (() => readonly StoredBytes[]) | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now?: (() => number) | undefined;
}

/** The service, and what the engine asks of it. */
export interface Quotas extends QuotaService {
  /** Counts the records and bytes of a transaction at its end, and refuses it. */
  readonly beforeCommit: CommitCheck;
  /** Reads limits that other processes set. */
  refresh(): Promise<void>;
}

/** For so long after a limit was set, processes that do not know it yet may write uncounted. */
const UNAWARE = 10_000;

/**
 * Counters, one row for each organization and quota. Records and bytes are counted once per
 * transaction, as its last statements, so writers of an organization wait for each other's commit
 * only. What a counter holds is counted anew from the rows themselves at the first write after a start
 * and after a limit was set, so nothing that was missed is missed for long.
 */
export function createQuotas(options: QuotasOptions): Quotas {
  const { driver, snapshot, defaults = {}, storedBytes = () => [], logger } = options;
  const now = options.now ?? Date.now;
  const startedAt = now();
  const own = createOwnLimits(driver, now);
  const hasDefaults = Object.values(defaults).some((limit) => limit !== undefined);
  const recounting = new Set<string>();

  function limitOf(quota: QuotaName, organization: string): number | undefined {
    const max = own.get(organization, quota)?.max ?? null;
    if (max === null) return defaults[quota];
    return max === UNLIMITED ? undefined : max;
  }

  function stepOf(organization: string, quota: QuotaName, by: number): UsageStep {
    const since = own.get(organization, quota)?.since;
    return {
      organization,
      quota,
      by,
      limit: limitOf(quota, organization),
      fresh: Math.max(startedAt, since === undefined ? 0 : since + UNAWARE),
      now: now(),
      measure: (session) => measure(session, organization, quota),
      onLost: () => recount(organization, quota),
    };
  }

  function* measure(given: DriverSession, organization: string, quota: QuotaName): Steps<number> {
    const { objects } = snapshot();
    const session = given.tenants?.of(organization) ?? given;
    const where: RowFilter = { op: 'eq', field: 'organization_id', value: organization };
    let total = 0;
    if (quota === 'records') {
      for (const { table } of objects.values()) {
        if (!table.columns.some(({ name }) => name === 'organization_id')) continue;
        total += yield* wait(session.count({ table, where }));
      }
      return total;
    }
    for (const { object, field } of storedBytes()) {
      const table = objects.get(object)?.table;
      if (table === undefined) continue;
      const aggregations = [{ function: 'sum', column: field, alias: 'bytes' }] as const;
      const [row] = yield* wait(session.aggregate({ table, aggregations, where }));
      total += Number(row?.['bytes'] ?? 0);
    }
    return total;
  }

  /** A refused write took its count with it: kept once, the next refusal need not count again. */
  function recount(organization: string, quota: QuotaName): void {
    const id = `${organization} ${quota}`;
    if (recounting.has(id)) return;
    recounting.add(id);
    // Not before the transaction that is refused has ended.
    Promise.resolve()
      .then(() =>
        driver.transaction((session) => run(countUsage(session, stepOf(organization, quota, 0)))),
      )
      .catch((error: unknown) => logger.warn({ error, quota }, 'a quota could not be counted'))
      .finally(() => recounting.delete(id));
  }

  function* settle(changes: readonly RecordChange[], session: DriverSession): Steps<void> {
    const used = usedBy(changes, storedBytes());
    for (const organization of [...used.keys()].sort()) {
      const { records = 0, storageBytes = 0 } = used.get(organization) ?? {};
      for (const [quota, by] of [
        ['records', records],
        ['storageBytes', storageBytes],
      ] as const) {
        if (by === 0 || limitOf(quota, organization) === undefined) continue;
        yield* countUsage(session, stepOf(organization, quota, by));
      }
    }
  }

  async function useOf(
    organization: string,
    quota: QuotaName,
    isMeasured: boolean,
  ): Promise<QuotaUse> {
    const limit = limitOf(quota, organization);
    const isOwn = (own.get(organization, quota)?.max ?? null) !== null;
    const head = { quota, limit: limit ?? null, own: isOwn };
    if (limit === undefined) {
      if (isDaily(quota) || !isMeasured) return { ...head, used: null };
      return { ...head, used: await run(measure(driver.reader, organization, quota)) };
    }
    const step = stepOf(organization, quota, 0);
    return { ...head, used: await driver.transaction((session) => run(countUsage(session, step))) };
  }

  async function requireOrganization(id: string): Promise<void> {
    const table = snapshot().objects.get('organization')?.table;
    const where: RowFilter = { op: 'eq', field: 'id', value: id };
    if (table === undefined || (await driver.reader.count({ table, where })) === 1) return;
    throw createError('tenant_not_found', { organization: id });
  }

  return {
    limitOf,
    beforeCommit: (changes, session) =>
      changes.length === 0 || (!hasDefaults && own.size === 0)
        ? undefined
        : run(settle(changes, session)),
    refresh: () => own.refresh(),
    charge(quota, by, ctx): MaybePromise<void> {
      const { tenantId } = ctx.principal;
      if (tenantId === null || by === 0 || limitOf(quota, tenantId) === undefined) return;
      const step = stepOf(tenantId, quota, by);
      const session = running(ctx)?.session;
      if (session !== undefined) return run(ignored(countUsage(session, step)));
      return driver.transaction((fresh) => run(ignored(countUsage(fresh, step))));
    },
    add: (quota, organization, by) => {
      const step = { ...stepOf(organization, quota, by), limit: undefined };
      return driver.transaction((session) => run(countUsage(session, step)), { commit: 'shared' });
    },
    async use(organization, { measure: isMeasured = false } = {}) {
      await requireOrganization(organization);
      const uses: QuotaUse[] = [];
      for (const quota of QUOTAS) uses.push(await useOf(organization, quota, isMeasured));
      return uses;
    },
    async setLimit(organization, quota, limit, ctx) {
      if (typeof limit === 'number' && (!Number.isSafeInteger(limit) || limit < 0)) {
        throw createError('quota_invalid', { quota, reason: 'it is no whole number from 0' });
      }
      await requireOrganization(organization);
      await own.set(
        organization,
        quota,
        limit === 'unlimited' ? UNLIMITED : limit,
        actorOf(ctx.principal),
      );
    },
  };
}

function* ignored(steps: Steps<unknown>): Steps<void> {
  yield* steps;
}

interface Used {
  records: number;
  storageBytes: number;
}

/** What changes add to the use of each organization. The trash counts: only a purge frees anything. */
function usedBy(
  changes: readonly RecordChange[],
  stored: readonly StoredBytes[],
): Map<string, Used> {
  const used = new Map<string, Used>();
  for (const { tenantId, object, operation, before, after } of changes) {
    if (tenantId === null) continue;
    const sum = used.get(tenantId) ?? { records: 0, storageBytes: 0 };
    used.set(tenantId, sum);
    if (operation === 'create') sum.records += 1;
    if (operation === 'purge') sum.records -= 1;
    if (operation === 'delete' || operation === 'restore') continue;
    for (const { field } of stored.filter((one) => one.object === object)) {
      sum.storageBytes += Number(after?.[field] ?? 0) - Number(before?.[field] ?? 0);
    }
  }
  return used;
}

import { z } from 'zod';
import type { ExecutionContext } from './context.js';
import type { MaybePromise } from './disposable.js';
import { contributionPoint, serviceRef } from './refs.js';

/**
 * What an organization may use: records (the trash counts until it is purged), bytes in files, calls
 * of the API and new jobs of one day. Days are those of UTC.
 */
export const QUOTAS = ['records', 'storageBytes', 'apiCallsPerDay', 'jobsPerDay'] as const;

/** One of {@link QUOTAS}. */
export type QuotaName = (typeof QUOTAS)[number];

/** Limits as somebody sets them: `null` stands for that of the configuration. */
export const quotaSettingsSchema = z.partialRecord(
  z.enum(QUOTAS),
  z.union([z.int().min(0), z.literal('unlimited'), z.null()]),
);

/** What {@link quotaSettingsSchema} reads. */
export type QuotaSettings = z.output<typeof quotaSettingsSchema>;

/** Limits by quota; what is absent is not limited. */
export type QuotaLimits = Readonly<Partial<Record<QuotaName, number | undefined>>>;

/** How much of one quota an organization uses. */
export interface QuotaUse {
  readonly quota: QuotaName;
  /** `null`: not limited. */
  readonly limit: number | null;
  /** True when the limit is the organization's own, not that of the configuration. */
  readonly own: boolean;
  /** `null`: not counted, because it is not limited. */
  readonly used: number | null;
}

/** Counts what organizations use, and refuses what goes beyond their limits. */
export interface QuotaService {
  /** The limit in force; `undefined`: none. Answers from memory. */
  limitOf(quota: QuotaName, organization: string): number | undefined;
  /**
   * Counts in the transaction of the context, for its organization; nothing where there is no limit.
   * The counter stays locked until that transaction ends.
   *
   * @throws `quota_exceeded`, `daily_quota_exceeded`
   */
  charge(quota: 'jobsPerDay', by: number, ctx: ExecutionContext): MaybePromise<void>;
  /** Counts what has happened already, without a refusal. @returns what was used today */
  add(quota: 'apiCallsPerDay', organization: string, by: number): Promise<number>;
  /**
   * How much an organization uses, by quota. With `measure` also of what is not limited, which takes
   * as long as counting it. @throws `tenant_not_found`
   */
  use(
    organization: string,
    options?: { readonly measure?: boolean | undefined },
  ): Promise<readonly QuotaUse[]>;
  /**
   * Gives an organization a limit of its own, none (`unlimited`), or that of the configuration
   * (`null`). Other processes follow within five seconds. Asks for no permission: the caller did.
   *
   * @throws `tenant_not_found`, `quota_invalid`
   */
  setLimit(
    organization: string,
    quota: QuotaName,
    limit: number | 'unlimited' | null,
    ctx: ExecutionContext,
  ): Promise<void>;
}

/** The quotas of organizations. Provided by the ObjectQL plugin. */
export const quotaService = serviceRef<QuotaService>('data.quotas');

/** An object whose records stand for stored bytes, and the field that says how many. */
export interface StoredBytes {
  readonly object: string;
  /** A number field: bytes. */
  readonly field: string;
}

/** Plugins that keep bytes beside the database say here which of their records stand for them. */
export const storedBytesPoint = contributionPoint<StoredBytes>('quotas.stored-bytes');

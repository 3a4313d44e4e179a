import type { MaybePromise } from './disposable.js';
import type { WorkProgress } from './jobs.js';
import { contributionPoint, serviceRef } from './refs.js';

/** Something that was given up, and that somebody should look at. Moments are ISO 8601 text. */
export interface Failure {
  /** Name of the source, and the id there. */
  readonly source: string;
  readonly id: string;
  /** What failed, the same for all of its kind: the name of a job, a topic and channel. */
  readonly title: string;
  readonly code: string;
  readonly message: string;
  readonly at: string;
  readonly attempts: number;
  readonly tenantId: string | null;
  readonly payload: unknown;
  /** Whether a replay may bring another payload. */
  readonly editable: boolean;
}

/** Which failures a source is asked for; newest first. */
export interface FailureQuery {
  /** Absent: those of all tenants; null: of none. */
  readonly tenantId?: string | null | undefined;
  readonly limit: number;
}

/** Where failures come from: a plugin with work that may be given up. */
export interface FailureSource {
  /** One word: `jobs`, `notifications`, `webhooks`. */
  readonly name: string;
  list(query: FailureQuery): MaybePromise<readonly Failure[]>;
  get(id: string): MaybePromise<Failure | undefined>;
  /** Tries again. Throws when it is not a failure any more, or the payload is not valid. */
  replay(id: string, options: { readonly payload?: unknown }): MaybePromise<void>;
}

/** Plugins contribute their failures to the one inbox. */
export const failureSourcesPoint = contributionPoint<FailureSource>('failures.sources');

/** Failures that have the same cause, as far as source, title, code and message tell. */
export interface FailureGroup {
  readonly fingerprint: string;
  readonly source: string;
  readonly title: string;
  readonly code: string;
  /** The message of the newest one. */
  readonly message: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Until when nobody wants to see it; `null` for groups that are not muted. */
  readonly mutedUntil: string | null;
}

/** What a replay of many did. */
export interface Replayed {
  readonly replayed: number;
  readonly refused: number;
}

/** How a replay of many tells of itself. */
export interface ReplayOptions {
  readonly onProgress?: ((progress: WorkProgress) => MaybePromise<void>) | undefined;
  /** Ends it between two failures. */
  readonly signal?: AbortSignal | undefined;
}

/** Whose failures: a tenant's, those of none (null), or all when absent. See `tenantReach`. */
export interface FailureScope {
  readonly tenantId?: string | null | undefined;
}

/** One inbox over everything that was given up. */
export interface FailureInbox {
  /** Groups, the newest first. Muted ones only when asked for. `truncated`: there are older failures. */
  groups(
    options: FailureScope & { readonly source?: string; readonly muted?: boolean },
  ): Promise<{ readonly groups: readonly FailureGroup[]; readonly truncated: boolean }>;
  list(fingerprint: string, scope: FailureScope): Promise<readonly Failure[]>;
  /** @throws `failure_not_found` */
  get(source: string, id: string, scope: FailureScope): Promise<Failure>;
  /** Tries one again, with another payload if given. @throws `failure_not_found`, `failure_not_editable` */
  replay(
    source: string,
    id: string,
    options: FailureScope & { readonly payload?: unknown },
  ): Promise<void>;
  /** Tries all of a group again. One that cannot be is counted and does not stop the others. */
  replayGroup(fingerprint: string, scope: FailureScope, options?: ReplayOptions): Promise<Replayed>;
  /**
   * Tries everything again that was given up until now and that nobody muted, of one source if one is
   * named. What fails anew meanwhile is left for the next time.
   */
  replayAll(
    scope: FailureScope & { readonly source?: string | undefined },
    options?: ReplayOptions,
  ): Promise<Replayed>;
  /** Hides a group until a moment. @throws `failure_not_found` */
  mute(fingerprint: string, until: Date, scope: FailureScope): Promise<void>;
  unmute(fingerprint: string, scope: FailureScope): Promise<void>;
}

/** The failure inbox. Provided by the jobs plugin. */
export const failureInboxService = serviceRef<FailureInbox>('failures');

import type { ExecutionContext, RequestOrigin } from './context.js';
import type { RecordData } from './engine.js';
import { serviceRef } from './refs.js';

/** Something that happened beside the change of a record. */
export interface AuditEvent {
  /** `area.verb`, e.g. `export.finished`, `settings.changed`. */
  readonly kind: string;
  readonly object?: string | undefined;
  readonly recordId?: string | undefined;
  /** JSON of at most 16 KiB; no secrets. */
  readonly detail?: RecordData | undefined;
}

/** An entry of the audit log. Moments are ISO 8601 text. */
export interface AuditEntry {
  /** Place in the tenant's chain, from 1. */
  readonly sequence: number;
  readonly at: string;
  /** `record.create`, `record.update`, …, `auth.sign_in`, `access.denied`, or the kind of an event. */
  readonly kind: string;
  readonly tenantId: string | null;
  readonly actor: string;
  /** The administrator behind an impersonation. */
  readonly impersonatedBy: string | null;
  readonly object: string | null;
  readonly recordId: string | null;
  readonly revision: number | null;
  readonly changed: readonly string[];
  readonly before: RecordData | null;
  readonly after: RecordData | null;
  readonly detail: RecordData | null;
  readonly origin: RequestOrigin | null;
  readonly requestId: string;
  /** True when the values were erased; that something happened is still told. */
  readonly erased: boolean;
  readonly hash: string;
}

/** Which entries to list. */
export interface AuditFilter {
  readonly tenantId?: string | null | undefined;
  readonly actor?: string | undefined;
  readonly kind?: string | undefined;
  readonly object?: string | undefined;
  readonly recordId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Entries of the chain of `tenantId` before this sequence; for the next page. */
  readonly before?: number | undefined;
  /** At most 500; default 50. Newest first. */
  readonly limit?: number | undefined;
}

/** What checking a chain found. */
export interface AuditVerdict {
  readonly tenantId: string | null;
  readonly entries: number;
  readonly valid: boolean;
  /** The first entry that is wrong, and how. */
  readonly broken?: { readonly sequence: number; readonly reason: string } | undefined;
}

/** The audit log. */
export interface AuditService {
  /** Adds an entry, in the running transaction of `ctx` or one of its own. @throws `audit_event_invalid` */
  record(event: AuditEvent, ctx: ExecutionContext): Promise<void>;
  /** Resolves when every change that is committed by now has its entry. */
  settled(): Promise<void>;
  /** Newest first. @throws `invalid_parameter` for `before` without `tenantId` */
  list(filter: AuditFilter): Promise<readonly AuditEntry[]>;
  /** The changes of a record, newest first, as far as the principal may read it and its fields. */
  history(object: string, id: string, ctx: ExecutionContext): Promise<readonly AuditEntry[]>;
  /**
   * A record as it was at a moment, as far as the principal may read it; `undefined` when it did not
   * exist then.
   */
  asOf(
    object: string,
    id: string,
    at: string,
    ctx: ExecutionContext,
  ): Promise<RecordData | undefined>;
  /** Writes the values of an earlier revision again, as a new change. @throws `audit_revision_unknown` */
  restoreRevision(
    object: string,
    id: string,
    revision: number,
    ctx: ExecutionContext,
  ): Promise<RecordData>;
  /** Checks the chains of all tenants, or of one. */
  verify(tenantId?: string | null): Promise<readonly AuditVerdict[]>;
  /**
   * Erases the values of a record from its entries; the chain stays valid. Two organizations may
   * have records of one id, so it is told whose record is meant; null: one of no organization.
   *
   * @returns how many entries
   */
  erase(object: string, id: string, tenantId: string | null): Promise<number>;
}

/** The audit log. Provided by the audit plugin. */
export const auditService = serviceRef<AuditService>('audit-log');

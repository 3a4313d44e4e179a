import {
  systemContext,
  type AuditEvent,
  type AuditFilter,
  type AuditService,
  type DataEngine,
  type ExecutionContext,
  type Logger,
  type SortKey,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { MetadataSnapshot } from '@objectql/core';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import { adoptChains, append, type ChainOptions } from './chain.js';
import type { AuditConfig } from './config.js';
import { chainOf, toEntry, type Fact } from './entry.js';
import { copyChanges } from './follow.js';
import { readableEntries, stateAt, stateOfRevision } from './history.js';
import type { SigningKeys } from './keys.js';
import { auditTable, auditTables, columnsOf } from './tables.js';
import { chainNames, verifyChain } from './verify.js';

/** What {@link createAuditService} is made of. */
export interface AuditServiceOptions {
  readonly database: Database;
  readonly engine: DataEngine;
  readonly snapshot: () => MetadataSnapshot;
  readonly config: AuditConfig;
  readonly keys: SigningKeys;
  readonly logger: Logger;
  readonly now?: (() => number) | undefined;
}

/** The service with its life. */
export interface OwnedAuditService extends AuditService {
  prepare(): Promise<void>;
  /** Adds a fact that did not come through {@link AuditService.record}. */
  add(fact: Fact): Promise<void>;
  /** Erases values whose time is over. @returns how many entries */
  expire(): Promise<number>;
}

const MAX_DETAIL = 16 * 1024;
const MAX_PAGE = 500;

/** Makes the audit log over a database and an engine. */
export function createAuditService(options: AuditServiceOptions): OwnedAuditService {
  const { database, engine, snapshot, config, logger } = options;
  const now = options.now ?? Date.now;
  const ctx = systemContext('audit');
  const { checkpointEvery } = config;
  const { keys } = options;
  const chain: ChainOptions = { keys, checkpointEvery, now };
  const masked = new Set(config.mask);
  const following = { database, ctx, logger, chain, snapshot, masked };
  let copying: Promise<number> | undefined;

  /** One copy at a time; who comes meanwhile waits for one that begins after it came. */
  async function settled(): Promise<void> {
    await copying?.catch(() => undefined);
    copying ??= copyChanges(following).finally(() => {
      copying = undefined;
    });
    await copying;
  }

  const readable = (object: string, id: string, given: ExecutionContext) =>
    readableEntries({ engine, session: database.reader }, { object, id }, given);

  return {
    async prepare() {
      await database.ensureTables(auditTables);
      if (await database.transaction(ctx, (session) => adoptChains(session, keys))) return;
      const hint = 'give it the secret of the installation (OBJECTOS_SECRET), as servers have it';
      logger.warn({ hint }, 'the audit log is signed, and this process has no key to sign with');
    },
    settled,
    async add(fact) {
      await database.transaction(ctx, (session) => append(session, [fact], chain));
    },
    async record(event, given) {
      const fact = toFact(event, given, now());
      await database.transaction(given, (session) => append(session, [fact], chain));
    },
    async list(filter) {
      const rows = await database.reader.find({
        table: auditTable,
        columns: columnsOf(auditTable),
        where: whereOf(filter),
        orderBy: orderOf(filter),
        limit: Math.min(filter.limit ?? 50, MAX_PAGE),
      });
      return rows.map(toEntry);
    },
    async history(object, id, given) {
      await settled();
      return readable(object, id, given);
    },
    async asOf(object, id, at, given) {
      await settled();
      return stateAt(await readable(object, id, given), at);
    },
    async restoreRevision(object, id, revision, given) {
      await settled();
      const values = stateOfRevision(await readable(object, id, given), { object, id, revision });
      const meta = snapshot().objects.get(object);
      // A language that records are not kept in any more is left as it is.
      const isWritten = (name: string) =>
        (meta?.fields.get(name) ?? meta?.translationKeys.get(name))?.readOnly === false;
      const data = Object.fromEntries(Object.entries(values).filter(([name]) => isWritten(name)));
      return engine.update(object, id, data, given);
    },
    async verify(tenantId) {
      await settled();
      const all = await chainNames(database.reader);
      const chosen =
        tenantId === undefined ? all : all.filter((name) => name === chainOf(tenantId));
      const verdicts = [];
      for (const name of chosen) {
        verdicts.push(await verifyChain(database.reader, name, keys));
      }
      return verdicts;
    },
    async erase(object, id, tenantId) {
      await settled();
      return database.transaction(ctx, (session) =>
        eraseWhere(session, [
          // Where organizations have tables of their own, two of them may have records of one id.
          { op: 'eq', field: 'chain', value: chainOf(tenantId) },
          { op: 'eq', field: 'object', value: object },
          { op: 'eq', field: 'record_id', value: id },
        ]),
      );
    },
    async expire() {
      let erased = 0;
      const named = Object.keys(config.retentionDays).filter((object) => object !== '*');
      for (const [object, days] of Object.entries(config.retentionDays)) {
        const before = new Date(now() - days * 86_400_000).toISOString();
        const which: RowFilter =
          object === '*'
            ? { op: 'nin', field: 'object', value: named }
            : { op: 'eq', field: 'object', value: object };
        erased += await database.transaction(ctx, (session) =>
          eraseWhere(session, [which, { op: 'lt', field: 'at', value: before }]),
        );
      }
      return erased;
    },
  };
}

/** Erases contents; their hashes stay, so the chain is as valid as before. */
async function eraseWhere(session: DriverSession, args: readonly RowFilter[]): Promise<number> {
  const open: RowFilter = { op: 'eq', field: 'erased', value: false };
  const where: RowFilter = { op: 'and', args: [...args, open] };
  return session.update({ table: auditTable, set: { content: null, erased: true }, where });
}

/** A chain has an order of its own, which pages follow; over several chains there is only time. */
function orderOf({ tenantId, before }: AuditFilter): readonly SortKey[] {
  if (tenantId !== undefined) return [{ field: 'sequence', direction: 'desc' }];
  if (before !== undefined) {
    const reason = 'a sequence belongs to one chain; name its organization, or use "to"';
    throw createError('invalid_parameter', { parameter: 'before', reason });
  }
  return [
    { field: 'at', direction: 'desc' },
    { field: 'id', direction: 'desc' },
  ];
}

function whereOf(filter: AuditFilter): RowFilter {
  const args: RowFilter[] = [];
  const equal = (field: string, value: string | undefined): void => {
    if (value !== undefined) args.push({ op: 'eq', field, value });
  };
  if (filter.tenantId !== undefined) equal('chain', chainOf(filter.tenantId));
  equal('actor', filter.actor);
  equal('kind', filter.kind);
  equal('object', filter.object);
  equal('record_id', filter.recordId);
  if (filter.from !== undefined) args.push({ op: 'gte', field: 'at', value: filter.from });
  if (filter.to !== undefined) args.push({ op: 'lt', field: 'at', value: filter.to });
  if (filter.before !== undefined) args.push({ op: 'lt', field: 'sequence', value: filter.before });
  return { op: 'and', args };
}

function toFact(
  event: AuditEvent,
  { principal, origin, requestId }: ExecutionContext,
  now: number,
): Fact {
  const { kind, object = null, recordId = null, detail = null } = event;
  const refuse = (reason: string) =>
    createError('audit_event_invalid', { kind: kind.slice(0, 60), reason });
  if (!/^[a-z_]+(?:\.[a-z_]+)+$/.test(kind) || kind.length > 100)
    throw refuse('its kind is not "area.verb"');
  if (kind.startsWith('record.')) throw refuse('"record" is the area of the data engine');
  if (detail !== null && JSON.stringify(detail).length > MAX_DETAIL)
    throw refuse('its detail is too long');
  return {
    tenantId: principal.tenantId,
    at: new Date(now).toISOString(),
    kind,
    actor: principal.kind === 'system' ? `system:${principal.id}` : principal.id,
    impersonatedBy: principal.kind === 'user' ? (principal.impersonatedBy ?? null) : null,
    object,
    recordId,
    revision: null,
    changed: [],
    before: null,
    after: null,
    detail,
    origin: origin ?? null,
    requestId,
    changeSeq: null,
  };
}

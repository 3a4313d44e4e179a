import type { ExecutionContext, OnceRequest, OnceResult } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { actorOf } from './change-log.js';
import { rememberAccess, requireRememberedAccess, type RememberedAccess } from './once-access.js';
import type { EngineParts } from './parts.js';
import { idempotencyTable } from './system-tables.js';

/** How long a finished request is remembered. */
export const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** How often old keys are removed, at most. */
const PURGE_EVERY_MS = 10 * 60 * 1000;
/** A key can vanish between two looks only when it expires or its transaction is undone. */
const ATTEMPTS = 5;

const COLUMNS = idempotencyTable.columns.map((column) => column.name);

/**
 * Makes `once` of an engine. The key is a row of the same transaction as the effect: a crash leaves
 * both or neither. On a database with parallel writers, the unique key makes equal requests wait for
 * each other.
 */
export function createOnce(parts: EngineParts) {
  const { driver } = parts.options;
  let purgeAt = 0;

  async function once<T>(
    request: OnceRequest,
    ctx: ExecutionContext,
    work: (ctx: ExecutionContext) => Promise<T>,
  ): Promise<OnceResult<T>> {
    const id = keyOf(request, ctx);
    for (let attempt = 1; ; attempt += 1) {
      const known = await find(parts.transactions.sessionOf(ctx), id);
      if (known !== undefined && !isExpired(known)) {
        const { access, result } = storedOf<T>(known, request);
        await requireRememberedAccess(parts, request, access, ctx);
        return { result, replayed: true };
      }
      try {
        const result = await perform(request, { id, expired: known }, ctx, work);
        purgeOld();
        return { result, replayed: false };
      } catch (error) {
        if (!(error instanceof KeyTaken) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  function perform<T>(
    request: OnceRequest,
    key: { readonly id: string; readonly expired: Row | undefined },
    ctx: ExecutionContext,
    work: (ctx: ExecutionContext) => Promise<T>,
  ): Promise<T> {
    return parts.transactions.within(ctx, { commit: 'own' }, async (transaction) => {
      const { session } = transaction;
      if (key.expired !== undefined) await removeExpired(session, key.expired);
      await claim(session, {
        id: key.id,
        fingerprint: request.fingerprint,
        result: null,
        expires_at: new Date(parts.now() + REMEMBERED_MS).toISOString(),
      });
      const result = await work({ ...ctx, transaction });
      const stored: Stored<T> = { access: rememberAccess(parts, request, ctx), result };
      await session.update({
        table: idempotencyTable,
        set: { result: stored },
        where: byId(key.id),
      });
      return result;
    });
  }

  function isExpired(row: Row): boolean {
    return Date.parse(row['expires_at'] as string) <= parts.now();
  }

  /** Nobody waits for this: old keys only take space. */
  function purgeOld(): void {
    const now = parts.now();
    if (now < purgeAt) return;
    purgeAt = now + PURGE_EVERY_MS;
    const where: RowFilter = { op: 'lte', field: 'expires_at', value: new Date(now).toISOString() };
    driver
      .transaction((session) => session.delete({ table: idempotencyTable, where }))
      .catch((error: unknown) => {
        parts.logger.warn({ error }, 'old idempotency keys could not be removed');
      });
  }

  return once;
}

/** Another request with the same key was quicker. Never leaves this module. */
class KeyTaken extends Error {}

async function claim(session: DriverSession, row: Row): Promise<void> {
  try {
    await session.nested((nested) => nested.insert(idempotencyTable, [row]));
  } catch (error) {
    if (isObjectOSError(error, 'duplicate_value')) throw new KeyTaken('', { cause: error });
    throw error;
  }
}

async function removeExpired(session: DriverSession, row: Row): Promise<void> {
  const where: RowFilter = {
    op: 'and',
    args: [
      byId(row['id'] as string),
      { op: 'eq', field: 'expires_at', value: row['expires_at'] as string },
    ],
  };
  await session.delete({ table: idempotencyTable, where });
}

async function find(session: DriverSession, id: string): Promise<Row | undefined> {
  const [row] = await session.find({
    table: idempotencyTable,
    columns: COLUMNS,
    where: byId(id),
    limit: 1,
  });
  return row;
}

/** A result, and what its principal could do and see when it was made. */
interface Stored<T> {
  readonly access: readonly RememberedAccess[];
  readonly result: T;
}

/** @throws `idempotency_key_reused` */
function storedOf<T>(row: Row, { key, fingerprint }: OnceRequest): Stored<T> {
  if (row['fingerprint'] !== fingerprint) throw createError('idempotency_key_reused', { key });
  return row['result'] as Stored<T>;
}

/** JSON keeps the parts apart, whatever characters they hold. */
function keyOf({ scope, key }: OnceRequest, { principal }: ExecutionContext): string {
  return JSON.stringify([principal.tenantId, actorOf(principal), scope, key]);
}

function byId(value: string): RowFilter {
  return { op: 'eq', field: 'id', value };
}

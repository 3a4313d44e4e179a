import type { ExecutionContext, Rehearsal, RehearsedChange } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { fieldOfKey } from '@objectos/spec/metadata';
import type { DriverSession } from '../driver/contract.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { isRowFailure } from './bulk.js';
import type { RecordChange } from './change-log.js';
import type { EngineParts } from './parts.js';
import { conjunction } from './conjunction.js';
import { createRehearsalLog } from './rehearsal-log.js';
import { placedFor, running, type RunningTransaction } from './transaction.js';

/** Rows that one look at the visible records asks for. */
const CHUNK = 500;

/** Carries the result out of a transaction that must be undone. Never leaves this module. */
class Undo<T> extends Error {
  constructor(readonly rehearsal: Rehearsal<T>) {
    super('rehearsed');
  }
}

/** Makes `rehearse` of an engine: the whole pipeline runs, and its transaction is undone. */
export function createRehearse(parts: EngineParts) {
  return async function rehearse<T>(
    ctx: ExecutionContext,
    work: (ctx: ExecutionContext) => Promise<T>,
  ): Promise<Rehearsal<T>> {
    const log = createRehearsalLog();
    try {
      return await parts.transactions.within(ctx, { commit: 'own' }, async (joined) => {
        const transaction: RunningTransaction = { ...joined, changes: [], rehearsal: log };
        const inside: ExecutionContext = { ...ctx, transaction, rehearsal: true };
        const result = await work(inside);
        const changes = await visibleChanges(parts, transaction, ctx);
        throw new Undo<T>({ outcome: { ok: true, result }, changes, steps: log.steps() });
      });
    } catch (error) {
      if (error instanceof Undo) return (error as Undo<T>).rehearsal;
      if (!isObjectOSError(error) || !isRowFailure(error)) throw error;
      return { outcome: { ok: false, error }, changes: [], steps: log.steps() };
    }
  };
}

/**
 * The changes as the principal may see them: records they see before or after the write, with the
 * fields they may read. A cascade into what is hidden from them stays hidden.
 */
async function visibleChanges(
  parts: EngineParts,
  { changes, session }: RunningTransaction,
  ctx: ExecutionContext,
): Promise<RehearsedChange[]> {
  const snapshot = parts.snapshot();
  // Inside a transaction of the caller nothing can be read from before; its session waits for ours.
  const sessions =
    running(ctx) === undefined ? [placedFor(ctx, parts.options.driver.reader), session] : [session];
  const seen = new Map<string, ReadonlySet<string>>();
  const admissions = new Map<string, Admission>();
  for (const [object, ids] of idsByObject(changes)) {
    const admission = admissionOf(parts, snapshot, object, ctx);
    if (admission === undefined) continue;
    admissions.set(object, admission);
    seen.set(object, await visibleIds(admission, ids, sessions));
  }
  return changes.flatMap((change) => {
    const admission = admissions.get(change.object);
    if (admission === undefined || seen.get(change.object)?.has(change.id) !== true) return [];
    return [narrowed(change, admission)];
  });
}

function admissionOf(
  parts: EngineParts,
  snapshot: MetadataSnapshot,
  object: string,
  ctx: ExecutionContext,
): Admission | undefined {
  return parts.gate.admitQuietly(snapshot, object, 'read', ctx);
}

async function visibleIds(
  admission: Admission,
  ids: readonly string[],
  sessions: readonly DriverSession[],
): Promise<ReadonlySet<string>> {
  if (admission.rows === undefined) return new Set(ids);
  const visible = new Set<string>();
  for (let start = 0; start < ids.length; start += CHUNK) {
    const value = ids.slice(start, start + CHUNK);
    const where = conjunction({ op: 'in', field: 'id', value }, admission.rows);
    for (const session of sessions) {
      const rows = await session.find({ table: admission.meta.table, columns: ['id'], where });
      for (const row of rows) visible.add(row['id'] as string);
    }
  }
  return visible;
}

function idsByObject(changes: readonly RecordChange[]): Map<string, string[]> {
  const byObject = new Map<string, Set<string>>();
  for (const { object, id } of changes) {
    const ids = byObject.get(object) ?? new Set();
    byObject.set(object, ids.add(id));
  }
  return new Map([...byObject].map(([object, ids]) => [object, [...ids]]));
}

function narrowed(change: RecordChange, { visible }: Admission): RehearsedChange {
  const { object, id, operation, before, after } = change;
  const readable = new Set(visible);
  const pick = (values: typeof before) =>
    values === null
      ? null
      : Object.fromEntries(
          Object.entries(values).filter(([name]) => readable.has(fieldOfKey(name))),
        );
  return { object, id, operation, before: pick(before), after: pick(after) };
}

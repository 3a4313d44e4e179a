import type { ExecutionContext, SecretFieldReport, SecretReport } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../../driver/contract.js';
import type { ObjectMeta } from '../../metadata/compiled.js';
import type { EngineParts } from '../parts.js';
import { everyPlace, isElsewhere } from '../places.js';
import { ROWS_PER_STATEMENT } from '../store-rows.js';
import { isSealedText, keyIdOf, openText, sealText } from './cipher.js';
import { placesOf, requireKeys } from './encrypted-fields.js';
import type { KeyRing } from './key-ring.js';

/** Records that a report names of each field. */
const SAMPLES = 10;

interface Report {
  checked: number;
  rotated: number;
  failed: number;
  readonly samples: { id: string; reason: string }[];
}

/**
 * Goes through every value of every encrypted field, in chunks of one transaction each: one that is
 * not encrypted yet, has an older key or was encrypted for a former name is encrypted anew. Records
 * keep their revision, because nothing about them changes. Interrupted, it is run again.
 *
 * @throws `permission_denied` for who is not the system, `encryption_key_missing`
 */
export async function rotateSecrets(
  parts: EngineParts,
  ctx: ExecutionContext,
): Promise<SecretReport> {
  if (ctx.principal.kind !== 'system') {
    const reason = 'only the system rotates secrets';
    throw createError('permission_denied', { object: '*', operation: 'update', reason });
  }
  const fields: SecretFieldReport[] = [];
  const places = await everyPlace(parts, ctx);
  for (const meta of parts.snapshot().objects.values()) {
    for (const field of meta.encrypted) {
      const ring = requireKeys(parts.keys, meta, field);
      const report: Report = { checked: 0, rotated: 0, failed: 0, samples: [] };
      for (const there of places) {
        if (isElsewhere(parts, there, meta)) continue;
        await rotateField(parts, there, { meta, field, ring, report });
      }
      fields.push({ object: meta.name, field, ...report });
    }
  }
  return {
    fields,
    rotated: fields.reduce((sum, field) => sum + field.rotated, 0),
    failed: fields.reduce((sum, field) => sum + field.failed, 0),
  };
}

interface Target {
  readonly meta: ObjectMeta;
  readonly field: string;
  readonly ring: KeyRing;
  /** Counts on. */
  readonly report: Report;
}

async function rotateField(
  parts: EngineParts,
  ctx: ExecutionContext,
  target: Target,
): Promise<void> {
  const { report } = target;
  let last = '';
  for (;;) {
    const before = { ...report, samples: [...report.samples] };
    const after = last;
    const next = await parts.transactions.within(ctx, { commit: 'own' }, ({ session }) => {
      // The database may run this again after a conflict.
      Object.assign(report, before, { samples: [...before.samples] });
      return rotateChunk(session, target, after);
    });
    if (next === undefined) return;
    last = next;
  }
}

/** @returns the last id of the chunk; nothing when there are no more values. */
async function rotateChunk(
  session: DriverSession,
  target: Target,
  after: string,
): Promise<string | undefined> {
  const { meta, field } = target;
  const rows = await session.find({
    table: meta.table,
    columns: ['id', field],
    where: {
      op: 'and',
      args: [
        { op: 'gt', field: 'id', value: after },
        { op: 'isNull', field, value: false },
      ],
    },
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: ROWS_PER_STATEMENT,
    lock: 'wait',
  });
  for (const row of rows) await rotateRow(session, target, row);
  return rows.at(-1)?.['id'] as string | undefined;
}

async function rotateRow(
  session: DriverSession,
  { meta, field, ring, report }: Target,
  row: Row,
): Promise<void> {
  const id = row['id'] as string;
  const stored = row[field] as string;
  const places = placesOf(meta, id, field);
  report.checked += 1;
  try {
    const opened = isSealedText(stored) ? await openText(ring, stored, places) : undefined;
    if (opened?.place === places[0] && keyIdOf(stored) === ring.current.id) return;
    const sealed = await sealText(ring.current, opened?.text ?? stored, places[0]);
    const where = { op: 'eq', field: 'id', value: id } as const;
    await session.update({ table: meta.table, set: { [field]: sealed }, where });
    report.rotated += 1;
  } catch (error) {
    if (!isObjectOSError(error, 'decryption_failed')) throw error;
    report.failed += 1;
    if (report.samples.length < SAMPLES) report.samples.push({ id, reason: error.message });
  }
}

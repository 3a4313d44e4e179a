import type { AuditVerdict } from '@objectos/spec/contracts';
import type { DriverSession, Row } from '@objectql/core/driver';
import { GENESIS, hashOf, sha256 } from './entry.js';
import type { ChainState, SigningKeys } from './keys.js';
import { auditTable, checkpointTable, columnsOf, headTable } from './tables.js';

const AT_ONCE = 1_000;

/** Names of all chains that were begun. */
export async function chainNames(session: DriverSession): Promise<string[]> {
  const heads = await session.find({
    table: headTable,
    columns: ['id'],
    where: { op: 'startsWith', field: 'id', value: 'chain:' },
    orderBy: [{ field: 'id', direction: 'asc' }],
  });
  return heads.map((row) => String(row['id']).slice('chain:'.length));
}

/**
 * Checks a chain from its first entry, in pages: every hash, every content, every checkpoint, the
 * end. Entries may be added meanwhile.
 */
export async function verifyChain(
  session: DriverSession,
  chain: string,
  keys: SigningKeys,
): Promise<AuditVerdict> {
  let last: Link = { sequence: 0, hash: GENESIS };
  let wrong: string | undefined;
  for (;;) {
    const rows = await readEntries(session, chain, last.sequence);
    if (rows.length === 0) {
      // What seemed to be missing may have been on its way: only a second look counts.
      const now = await wrongEnd(session, { chain, ...last }, keys);
      if (now === undefined) return verdict(chain, last.sequence, undefined);
      if (wrong !== undefined) {
        return verdict(chain, last.sequence, { sequence: last.sequence + 1, reason: now });
      }
      wrong = now;
      continue;
    }
    wrong = undefined;
    const range = { after: last.sequence, upTo: last.sequence + rows.length };
    const marks = await readCheckpoints(session, chain, range);
    for (const row of rows) {
      const expected = last.sequence + 1;
      const reason = wrongEntry(row, { expected, last }) ?? wrongMark(row, marks, keys);
      if (reason !== undefined)
        return verdict(chain, last.sequence, { sequence: expected, reason });
      last = { sequence: expected, hash: row['hash'] as string };
    }
  }
}

interface Link {
  readonly sequence: number;
  readonly hash: string;
}

function verdict(chain: string, entries: number, broken: AuditVerdict['broken']): AuditVerdict {
  const tenantId = chain === '' ? null : chain;
  return {
    tenantId,
    entries,
    valid: broken === undefined,
    ...(broken === undefined ? {} : { broken }),
  };
}

function wrongEntry(
  row: Row,
  { expected, last }: { readonly expected: number; readonly last: Link },
): string | undefined {
  if (row['sequence'] !== expected) return 'the entry is missing';
  if (row['erased'] !== true && sha256(String(row['content'])) !== row['content_hash']) {
    return 'its content was changed';
  }
  if (hashOf(row, last.hash) !== row['hash']) return 'it was changed, or an entry before it';
  return undefined;
}

function wrongMark(
  row: Row,
  marks: ReadonlyMap<number, Row>,
  keys: SigningKeys,
): string | undefined {
  const mark = marks.get(row['sequence'] as number);
  if (mark === undefined) return undefined;
  if (!keys.accepts(mark as unknown as ChainState, mark['signature'])) {
    return 'its checkpoint is not signed with a key of this installation';
  }
  return mark['hash'] === row['hash'] ? undefined : 'it is not what its checkpoint signed';
}

async function wrongEnd(
  session: DriverSession,
  { chain, ...last }: ChainState,
  keys: SigningKeys,
): Promise<string | undefined> {
  const [head] = await session.find({
    table: headTable,
    columns: columnsOf(headTable),
    where: { op: 'eq', field: 'id', value: `chain:${chain}` },
  });
  const isHead = head?.['sequence'] === last.sequence && head['hash'] === last.hash;
  if (!isHead) return 'entries at the end are missing';
  if (!keys.accepts({ chain, ...last }, head['signature'])) {
    return 'the end before it is not signed with a key of this installation';
  }
  // Who has an older end with its signature can cut off what came later, but no checkpoint.
  const beyond = await readCheckpoints(session, chain, { after: last.sequence });
  return beyond.size === 0 ? undefined : 'entries that a checkpoint signed are missing';
}

async function readEntries(session: DriverSession, chain: string, after: number): Promise<Row[]> {
  return session.find({
    table: auditTable,
    columns: columnsOf(auditTable),
    where: {
      op: 'and',
      args: [
        { op: 'eq', field: 'chain', value: chain },
        { op: 'gt', field: 'sequence', value: after },
      ],
    },
    orderBy: [{ field: 'sequence', direction: 'asc' }],
    limit: AT_ONCE,
  });
}

async function readCheckpoints(
  session: DriverSession,
  chain: string,
  { after, upTo }: { readonly after: number; readonly upTo?: number },
): Promise<Map<number, Row>> {
  const rows = await session.find({
    table: checkpointTable,
    columns: columnsOf(checkpointTable),
    where: {
      op: 'and',
      args: [
        { op: 'eq', field: 'chain', value: chain },
        { op: 'gt', field: 'sequence', value: after },
        ...(upTo === undefined ? [] : [{ op: 'lte', field: 'sequence', value: upTo } as const]),
      ],
    },
    orderBy: [{ field: 'sequence', direction: 'asc' }],
    limit: AT_ONCE,
  });
  return new Map(rows.map((row) => [row['sequence'] as number, row]));
}

import type { AuditVerdict } from '@objectos/spec/contracts';
import type { DriverSession, Row } from '@objectql/core/driver';
import { isSigned } from './chain.js';
import { GENESIS, hashOf, sha256 } from './entry.js';
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

/** Checks a chain from its first entry: every hash, every content, every checkpoint, the end. */
export async function verifyChain(
  session: DriverSession,
  chain: string,
  signingKey: string | undefined,
): Promise<AuditVerdict> {
  const marks = await readCheckpoints(session, chain);
  let [sequence, previous] = [0, GENESIS];
  for (;;) {
    const rows = await readEntries(session, chain, sequence);
    for (const row of rows) {
      const expected = sequence + 1;
      const reason = wrongEntry(row, { expected, previous }) ?? wrongMark(row, marks, signingKey);
      if (reason !== undefined) return verdict(chain, sequence, { sequence: expected, reason });
      sequence = expected;
      previous = row['hash'] as string;
    }
    if (rows.length < AT_ONCE) break;
  }
  const end = await wrongEnd(session, chain, { sequence, hash: previous });
  return verdict(chain, sequence, end);
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
  { expected, previous }: { readonly expected: number; readonly previous: string },
): string | undefined {
  if (row['sequence'] !== expected) return 'the entry is missing';
  if (row['erased'] !== true && sha256(String(row['content'])) !== row['content_hash']) {
    return 'its content was changed';
  }
  if (hashOf(row, previous) !== row['hash']) return 'it was changed, or an entry before it';
  return undefined;
}

function wrongMark(
  row: Row,
  marks: ReadonlyMap<number, Row>,
  signingKey: string | undefined,
): string | undefined {
  const mark = marks.get(row['sequence'] as number);
  if (mark === undefined) return undefined;
  if (signingKey !== undefined && !isSigned(mark, signingKey)) {
    return 'its checkpoint is not signed with the key of this installation';
  }
  return mark['hash'] === row['hash'] ? undefined : 'it is not what its checkpoint signed';
}

async function wrongEnd(
  session: DriverSession,
  chain: string,
  last: { readonly sequence: number; readonly hash: string },
): Promise<AuditVerdict['broken']> {
  const [head] = await session.find({
    table: headTable,
    columns: columnsOf(headTable),
    where: { op: 'eq', field: 'id', value: `chain:${chain}` },
  });
  if (head?.['sequence'] === last.sequence && head['hash'] === last.hash) return undefined;
  return { sequence: last.sequence + 1, reason: 'entries at the end are missing' };
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

async function readCheckpoints(session: DriverSession, chain: string): Promise<Map<number, Row>> {
  const rows = await session.find({
    table: checkpointTable,
    columns: columnsOf(checkpointTable),
    where: { op: 'eq', field: 'chain', value: chain },
  });
  return new Map(rows.map((row) => [row['sequence'] as number, row]));
}

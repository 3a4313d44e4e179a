import type { DriverSession, Row } from '@objectql/core/driver';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { chainOf, GENESIS, toRow, type Fact } from './entry.js';
import { auditTable, checkpointTable, columnsOf, headTable } from './tables.js';

/** How checkpoints are made. */
export interface ChainOptions {
  readonly signingKey: string | undefined;
  readonly checkpointEvery: number;
  readonly now: () => number;
}

/**
 * Appends facts to the chains of their tenants. The last entry of a chain is locked until the end of
 * the transaction, so a chain never forks.
 */
export async function append(
  session: DriverSession,
  facts: readonly Fact[],
  options: ChainOptions,
): Promise<void> {
  const byChain = new Map<string, Fact[]>();
  for (const fact of facts) {
    const chain = chainOf(fact.tenantId);
    byChain.set(chain, [...(byChain.get(chain) ?? []), fact]);
  }
  // In one order everywhere, so that two writers never wait for each other.
  for (const chain of [...byChain.keys()].sort()) {
    await appendTo(session, chain, { facts: byChain.get(chain) ?? [], options });
  }
}

async function appendTo(
  session: DriverSession,
  chain: string,
  { facts, options }: { readonly facts: readonly Fact[]; readonly options: ChainOptions },
): Promise<void> {
  const head = await lockHead(session, chain);
  let { sequence, hash } = head;
  const rows: Row[] = [];
  const marks: Row[] = [];
  for (const fact of facts) {
    sequence += 1;
    const row = toRow(fact, { sequence, previous: hash });
    hash = row['hash'] as string;
    rows.push(row);
    if (options.signingKey !== undefined && sequence % options.checkpointEvery === 0) {
      marks.push(checkpoint({ chain, sequence, hash }, options.signingKey, options.now()));
    }
  }
  await session.insert(auditTable, rows);
  if (marks.length > 0) await session.insert(checkpointTable, marks);
  const where = { op: 'eq', field: 'id', value: headId(chain) } as const;
  await session.update({ table: headTable, set: { sequence, hash }, where });
}

/** A key may not be empty. */
function headId(chain: string): string {
  return `chain:${chain}`;
}

async function lockHead(session: DriverSession, chain: string) {
  const read = async () => {
    const [row] = await session.find({
      table: headTable,
      columns: columnsOf(headTable),
      where: { op: 'eq', field: 'id', value: headId(chain) },
      lock: 'wait',
    });
    return row;
  };
  const row = (await read()) ?? (await makeHead(session, chain), await read());
  return { sequence: row?.['sequence'] as number, hash: row?.['hash'] as string };
}

async function makeHead(session: DriverSession, chain: string): Promise<void> {
  try {
    await session.nested((inner) =>
      inner.insert(headTable, [{ id: headId(chain), sequence: 0, hash: GENESIS }]),
    );
  } catch (error) {
    // Somebody else began the chain in this moment.
    if ((error as { code?: unknown }).code !== 'duplicate_value') throw error;
  }
}

interface ChainState {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
}

function checkpoint(state: ChainState, key: string, now: number): Row {
  const id = `${state.chain}:${String(state.sequence).padStart(12, '0')}`;
  return { id, ...state, signature: sign(state, key), at: new Date(now).toISOString() };
}

function sign({ chain, sequence, hash }: ChainState, key: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([chain, sequence, hash]))
    .digest('hex');
}

/** True when the signature of a checkpoint is that of the key. */
export function isSigned(row: Row, key: string): boolean {
  const state = row as unknown as ChainState;
  const [given, expected] = [Buffer.from(String(row['signature'])), Buffer.from(sign(state, key))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

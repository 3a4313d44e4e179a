import type { DriverSession, Row, RowFilter } from '@objectql/core/driver';
import { chainOf, GENESIS, toRow, type Fact } from './entry.js';
import type { ChainState, SigningKeys } from './keys.js';
import { auditTable, checkpointTable, columnsOf, headTable } from './tables.js';

/** How checkpoints are made. */
export interface ChainOptions {
  readonly keys: SigningKeys;
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
    if (sequence % options.checkpointEvery !== 0) continue;
    const state = { chain, sequence, hash };
    const signed = options.keys.sign(state);
    if (signed !== undefined) marks.push(checkpoint(state, signed, options.now()));
  }
  await session.insert(auditTable, rows);
  if (marks.length > 0) await session.insert(checkpointTable, marks);
  const where = { op: 'eq', field: 'id', value: headId(chain) } as const;
  const signature = options.keys.sign({ chain, sequence, hash }) ?? null;
  await session.update({ table: headTable, set: { sequence, hash, signature }, where });
}

/** A key may not be empty. */
const HEAD = 'chain:';

function headId(chain: string): string {
  return `${HEAD}${chain}`;
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
      inner.insert(headTable, [{ id: headId(chain), sequence: 0, hash: GENESIS, signature: null }]),
    );
  } catch (error) {
    // Somebody else began the chain in this moment.
    if ((error as { code?: unknown }).code !== 'duplicate_value') throw error;
  }
}

function checkpoint(state: ChainState, signature: string, now: number): Row {
  const id = `${state.chain}:${String(state.sequence).padStart(12, '0')}`;
  return { id, ...state, signature, at: new Date(now).toISOString() };
}

/**
 * Signs the ends of chains that were begun before this installation had a key. Only while none is
 * signed: later an end without a signature is one that somebody else wrote.
 *
 * @returns false where some ends are signed, and this process has no key to go on with
 */
export async function adoptChains(session: DriverSession, keys: SigningKeys): Promise<boolean> {
  const isChain = { op: 'startsWith', field: 'id', value: HEAD } as const;
  const unsigned: RowFilter = { op: 'eq', field: 'signature', value: null };
  const find = (where: RowFilter, more: { readonly limit?: number; readonly lock?: 'wait' }) =>
    session.find({
      table: headTable,
      columns: columnsOf(headTable),
      where: { op: 'and', args: [isChain, where] },
      orderBy: [{ field: 'id', direction: 'asc' }],
      ...more,
    });
  const isSigned = (await find({ op: 'not', arg: unsigned }, { limit: 1 })).length > 0;
  if (isSigned || !keys.present) return keys.present || !isSigned;
  const heads = await find(unsigned, { lock: 'wait' });
  for (const row of heads) {
    const { id, sequence, hash } = row as unknown as Omit<ChainState, 'chain'> & { id: string };
    const signature = keys.sign({ chain: id.slice(HEAD.length), sequence, hash });
    const where = { op: 'eq', field: 'id', value: id } as const;
    await session.update({ table: headTable, set: { signature }, where });
  }
  return true;
}

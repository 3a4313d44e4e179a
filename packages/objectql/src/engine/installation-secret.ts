import { requireStrongSecret } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver, DriverSession } from '../driver/contract.js';
import { run, wait, type Steps } from './steps.js';
import { installationTable } from './system-tables.js';

const KEY = 'secret';
const BYTES = 32;

/**
 * Makes the secret of the installation where its database has none yet. Called when the tables of
 * the engine are made, so that no request has to write it.
 */
export async function ensureInstallationSecret(driver: Driver): Promise<void> {
  if ((await run(read(driver.reader))) !== undefined) return;
  const made = globalThis.crypto.getRandomValues(new Uint8Array(BYTES));
  const row = { id: KEY, value: Array.from(made, toHex).join('') };
  try {
    await driver.transaction((session) => session.insert(installationTable, [row]));
  } catch (error) {
    // Another node was first; its secret is the one.
    if ((await run(read(driver.reader))) === undefined) throw error;
  }
}

/**
 * Reads the secret of the installation: all nodes over one database share it, and it lives as long
 * as the data. Asked once.
 *
 * @throws `storage_failed` when the tables of the engine were never made, `secret_weak` for one that
 *   somebody else put there
 */
export function installationSecret(driver: Driver): () => Promise<Uint8Array> {
  let known: Promise<Uint8Array> | undefined;
  const load = async (): Promise<Uint8Array> => {
    const secret = await run(read(driver.reader));
    if (secret !== undefined) return secret;
    throw createError('storage_failed', {
      driver: driver.name,
      operation: 'a read of the secret of the installation, which is missing',
    });
  };
  return () =>
    (known ??= load().catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
}

function* read(session: DriverSession): Steps<Uint8Array | undefined> {
  const [row] = yield* wait(
    session.find({
      table: installationTable,
      columns: ['value'],
      where: { op: 'eq', field: 'id', value: KEY },
    }),
  );
  if (row === undefined) return undefined;
  const secret = fromHex(String(row['value']));
  requireStrongSecret(
    `secret of the installation in the table "${installationTable.name}"`,
    String.fromCharCode(...secret),
  );
  return secret;
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(at * 2, at * 2 + 2), 16),
  );
}

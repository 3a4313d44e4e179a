import type { InstalledPlugin, KernelStateStore, PluginStorage } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { Driver, DriverSession, Row, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { run, wait, type Steps } from '../engine/steps.js';
import { pluginStorageTable, pluginTable } from '../engine/system-tables.js';

/**
 * Keeps what the kernel remembers (installed plugins, plugin storage) in the application's database.
 *
 * @param prepare connects the driver and makes the engine's tables; called once, before the first use
 */
export function createKernelStateStore(
  driver: Driver,
  prepare: () => Promise<void>,
): KernelStateStore {
  let prepared: Promise<void> | undefined;
  const ready = (): Promise<void> =>
    (prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));

  async function read(table: TableSchema, where?: RowFilter): Promise<Row[]> {
    await ready();
    const columns = table.columns.map((column) => column.name);
    return driver.reader.find({ table, columns, where });
  }

  async function remove(table: TableSchema, id: string): Promise<number> {
    await ready();
    return driver.transaction((session) => session.delete({ table, where: byId(id) }));
  }

  async function save(table: TableSchema, row: Row & { readonly id: string }): Promise<void> {
    await ready();
    await driver.transaction((session) => run(upsert(session, table, row)));
  }

  function storage(plugin: string): PluginStorage {
    const idOf = (key: string) => `${plugin} ${key}`;
    const get = async (key: string): Promise<unknown> => {
      const [row] = await read(pluginStorageTable, byId(idOf(key)));
      return row?.['value'] ?? undefined;
    };
    return {
      get,
      async setIfAbsent(key, value) {
        const kept = await get(key);
        if (kept !== undefined) return kept;
        try {
          const row = { id: idOf(key), plugin, key, value };
          await driver.transaction((session) => session.insert(pluginStorageTable, [row]));
        } catch (error) {
          // Another node was first; what it kept counts.
          if (!isObjectOSError(error, 'duplicate_value')) throw error;
        }
        return get(key);
      },
      set: (key, value) => save(pluginStorageTable, { id: idOf(key), plugin, key, value }),
      delete: async (key) => (await remove(pluginStorageTable, idOf(key))) > 0,
      async keys() {
        const rows = await read(pluginStorageTable, { op: 'eq', field: 'plugin', value: plugin });
        return rows.map((row) => row['key'] as string).sort();
      },
    };
  }

  return {
    storage,
    async exclusive(work) {
      await ready();
      return driver.exclusive === undefined ? work() : driver.exclusive('install', work);
    },
    async loadPlugins() {
      const rows = await read(pluginTable);
      return rows.map((row) => ({
        id: row['id'] as string,
        version: row['version'] as string,
        enabled: row['enabled'] as boolean,
      }));
    },
    savePlugin: ({ id, version, enabled }: InstalledPlugin) =>
      save(pluginTable, { id, version, enabled }),
    async removePlugin(id) {
      await remove(pluginTable, id);
    },
  };
}

function byId(id: string): RowFilter {
  return { op: 'eq', field: 'id', value: id };
}

function* upsert(
  session: DriverSession,
  table: TableSchema,
  row: Row & { readonly id: string },
): Steps<void> {
  const { id, ...set } = row;
  const updated = yield* wait(session.update({ table, set, where: byId(id) }));
  if (updated > 0) return;
  try {
    yield* wait(session.nested((nested) => nested.insert(table, [row])));
  } catch (error) {
    if (!isObjectOSError(error, 'duplicate_value')) throw error;
    // Another node was first; the later one counts.
    yield* wait(session.update({ table, set, where: byId(id) }));
  }
}

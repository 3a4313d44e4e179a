import { createError } from '@objectos/spec/errors';

/** The part of `StatementSync` that is used. */
export interface StatementSync {
  run(...values: unknown[]): { readonly changes: number | bigint };
  all(...values: unknown[]): unknown[];
  setReturnArrays(enabled: boolean): void;
  setReadBigInts(enabled: boolean): void;
}

/** The part of `DatabaseSync` that is used. */
export interface DatabaseSync {
  readonly isTransaction: boolean;
  prepare(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}

/** Options of `DatabaseSync` that are used. */
export interface DatabaseSyncOptions {
  readonly readOnly?: boolean;
  readonly enableForeignKeyConstraints?: boolean;
  readonly timeout?: number;
}

/** Opens a database file. */
export type OpenDatabase = (path: string, options: DatabaseSyncOptions) => DatabaseSync;

type DatabaseSyncClass = new (path: string, options: DatabaseSyncOptions) => DatabaseSync;

/**
 * The SQLite of the runtime where it is complete (Node 24 and later), otherwise
 * `@photostructure/sqlite`, which has the same shape and needs no compiler.
 */
export async function loadBinding(): Promise<OpenDatabase> {
  const builtin = builtinSqlite();
  const DatabaseClass = builtin ?? (await bundledSqlite());
  return (path, options) => new DatabaseClass(path, options);
}

function builtinSqlite(): DatabaseSyncClass | undefined {
  if (Number.parseInt(process.versions.node, 10) < 24) return undefined;
  const module = process.getBuiltinModule('node:sqlite') as
    { DatabaseSync: DatabaseSyncClass; StatementSync: { prototype: object } } | undefined;
  return module !== undefined && 'setReturnArrays' in module.StatementSync.prototype
    ? module.DatabaseSync
    : undefined;
}

async function bundledSqlite(): Promise<DatabaseSyncClass> {
  try {
    const module = await import('@photostructure/sqlite');
    return module.DatabaseSync;
  } catch (cause) {
    throw createError(
      'driver_unavailable',
      { driver: 'sqlite', reason: 'its native part does not load on this platform' },
      { cause },
    );
  }
}

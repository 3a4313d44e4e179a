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
  function(
    name: string,
    options: { readonly deterministic: boolean },
    implementation: (...values: unknown[]) => string | number | null,
  ): void;
  close(): void;
}

/** Options of `DatabaseSync` that are used. */
export interface DatabaseSyncOptions {
  readonly readOnly?: boolean;
  readonly enableForeignKeyConstraints?: boolean;
  readonly timeout?: number;
}

/** An implementation of SQLite. */
export interface Binding {
  readonly open: (path: string, options: DatabaseSyncOptions) => DatabaseSync;
  /** Makes values ready for binding. */
  readonly prepareValues: (values: readonly unknown[]) => readonly unknown[];
}

type DatabaseSyncClass = new (path: string, options: DatabaseSyncOptions) => DatabaseSync;

/**
 * The SQLite of the runtime where it is complete (Node 24 and later), otherwise
 * `@photostructure/sqlite`, which has the same shape and needs no compiler.
 */
export async function loadBinding(): Promise<Binding> {
  const builtin = builtinSqlite();
  const DatabaseClass = builtin ?? (await bundledSqlite());
  return {
    open: (path, options) => new DatabaseClass(path, options),
    prepareValues: builtin === undefined ? withoutMisboundNumbers : (values) => values,
  };
}

/**
 * `@photostructure/sqlite` 1.2.1 binds a number that lies less than 2^-52 above an integer as an
 * integer: 1e-17 and -0.9999999999999999 become 0. Such a number is bound as text, which columns of
 * numbers turn back into it.
 */
export function withoutMisboundNumbers(values: readonly unknown[]): readonly unknown[] {
  return values.some(isMisbound)
    ? values.map((value) => (isMisbound(value) ? String(value) : value))
    : values;
}

function isMisbound(value: unknown): boolean {
  if (typeof value !== 'number') return false;
  const above = value - Math.floor(value);
  return above > 0 && above < Number.EPSILON;
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

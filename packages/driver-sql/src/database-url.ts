import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createError } from '@objectos/spec/errors';

/** Where records are kept. */
export type DatabaseLocation = SqliteLocation | PostgresLocation;

/** A SQLite database. */
export type SqliteLocation =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'memory' };

/** A PostgreSQL database. */
export interface PostgresLocation {
  readonly kind: 'postgres';
  /** Without the parameters that are read here. */
  readonly url: string;
  /** Most connections at a time. */
  readonly pool: number;
  /** Milliseconds after which a statement is stopped. */
  readonly statementTimeout: number;
  /** Command line options for each session, as libpq takes them: `-c name=value …`. */
  readonly options: string;
  /** The schema that holds the tables; made when missing. Absent: that of the server's settings. */
  readonly schema?: string | undefined;
}

/** What an absent `DATABASE_URL` stands for. */
export const DEFAULT_DATABASE_URL = 'sqlite:./data/objectos.sqlite';

/**
 * Reads a database URL: `sqlite:path`, `sqlite::memory:`, `file:path`, `:memory:`, or a path that
 * ends in `.sqlite` or `.db`. Relative paths start at the working directory.
 *
 * `postgres://user:password@host:port/database` takes the parameters `pool` (2 to 100 connections,
 * default 10), `schema`, `statement_timeout` (milliseconds, default 30000) beside those of libpq.
 *
 * @throws `unsupported_database_url`
 */
export function parseDatabaseUrl(url: string = DEFAULT_DATABASE_URL): DatabaseLocation {
  if (/^postgres(?:ql)?:\/\//.test(url)) return parsePostgresUrl(url);
  if (url === ':memory:' || url === 'sqlite::memory:') return { kind: 'memory' };
  const file = filePath(url);
  // SQLite would read what follows a question mark as options, and a NUL as the end of the name.
  if (file === undefined || file === '' || /[?#\0]/.test(file)) {
    throw createError('unsupported_database_url', { url: withoutSecrets(url) });
  }
  return { kind: 'file', path: path.resolve(file) };
}

function parsePostgresUrl(text: string): PostgresLocation {
  const url = readUrl(text);
  const take = (name: string): string | undefined => {
    const value = url.searchParams.get(name) ?? undefined;
    url.searchParams.delete(name);
    return value;
  };
  const pool = Number(take('pool') ?? 10);
  const statementTimeout = Number(take('statement_timeout') ?? 30_000);
  const schema = take('schema');
  const options = take('options') ?? '';
  const wrong =
    !isWithin(pool, 2, 100) ||
    !isWithin(statementTimeout, 1, 86_400_000) ||
    (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema));
  if (wrong) throw createError('unsupported_database_url', { url: withoutSecrets(text) });
  return { kind: 'postgres', url: url.href, pool, statementTimeout, schema, options };
}

function readUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw createError('unsupported_database_url', { url: withoutSecrets(text) }, { cause });
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function filePath(url: string): string | undefined {
  if (/^file:\/\//.test(url)) return localPath(url);
  const scheme = /^(?:sqlite|file):(?:\/\/)?/.exec(url);
  if (scheme !== null) return url.slice(scheme[0].length);
  return !url.includes('://') && /\.(?:sqlite3?|db)$/i.test(url) ? url : undefined;
}

function localPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw createError('unsupported_database_url', { url: withoutSecrets(url) }, { cause });
  }
}

/** Errors are logged and shown, so they must not carry a password. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//***@').replace(/[?#].*$/s, '?***');
}

/** How many of the connections of a pool write at a time; the others are left for reading. */
export function writersOf(pool: number): number {
  return Math.max(1, pool - Math.ceil(pool / 5));
}

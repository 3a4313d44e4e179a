import { createError } from '@objectos/spec/errors';

/** Where records are kept, and how the server is used. */
export interface MongoLocation {
  /** Without the parameters that are read here. */
  readonly url: string;
  readonly database: string;
  /** Most connections at a time. */
  readonly pool: number;
  /** Milliseconds after which a statement is stopped. */
  readonly statementTimeout: number;
  /** Milliseconds that a statement waits for a primary. */
  readonly selectionTimeout: number;
}

/**
 * Reads a database URL: `mongodb://user:password@host:port/database`, or `mongodb+srv://`. Takes the
 * parameters `pool` (2 to 100 connections, default 10) and `statement_timeout` (milliseconds,
 * default 30000) beside those of the client.
 *
 * @throws `unsupported_database_url`
 */
export function parseMongoUrl(text: string): MongoLocation {
  const refused = (cause?: unknown) =>
    createError(
      'unsupported_database_url',
      { url: withoutSecrets(text) },
      cause === undefined ? {} : { cause },
    );
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text);
  const [, start, path = '', query = ''] = match ?? [];
  if (start === undefined) throw refused();
  const parameters = new URLSearchParams(query);
  const take = (name: string): string | undefined => {
    const value = parameters.get(name) ?? undefined;
    parameters.delete(name);
    return value;
  };
  const pool = Number(take('pool') ?? parameters.get('maxPoolSize') ?? 10);
  const statementTimeout = Number(take('statement_timeout') ?? 30_000);
  const selectionTimeout = Number(parameters.get('serverSelectionTimeoutMS') ?? 5_000);
  const database = path === '' ? 'objectos' : path;
  const wrong =
    !/^[A-Za-z0-9_-]{1,38}$/.test(database) ||
    !isWithin(pool, 2, 100) ||
    !isWithin(statementTimeout, 1, 86_400_000) ||
    !isWithin(selectionTimeout, 1, 600_000);
  if (wrong) throw refused();
  const rest = parameters.toString();
  const url = `${start}/${database}${rest === '' ? '' : `?${rest}`}`;
  return { url, database, pool, statementTimeout, selectionTimeout };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** Errors are logged and shown, so they must not carry a password. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//***@').replace(/[?#].*$/s, '?***');
}

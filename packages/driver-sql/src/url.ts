import { createError } from '@objectos/spec/errors';

/** Where a SQLite database is: a file, or a private one that disappears on close. */
export type SqliteLocation =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'memory' };

/** Used when no URL is given, so that a first try needs no configuration. */
export const DEFAULT_URL = 'sqlite:./data/objectos.sqlite';

const FILE_NAME = /\.(?:sqlite3?|db3?)$/i;

/**
 * Reads a database URL: `sqlite:path`, `sqlite::memory:`, `file:path`, `:memory:` or a path that
 * ends in `.sqlite`, `.sqlite3`, `.db` or `.db3`.
 *
 * @throws `unsupported_database_url`
 */
export function parseUrl(url: string): SqliteLocation {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (url === ':memory:') return { kind: 'memory' };
  if (scheme === 'sqlite' || scheme === 'file') return locate(url, url.slice(scheme.length + 1));
  if (scheme === undefined && FILE_NAME.test(url)) return { kind: 'file', path: url };
  throw createError('unsupported_database_url', { url: withoutPassword(url) });
}

function locate(url: string, rest: string): SqliteLocation {
  if (rest === ':memory:') return { kind: 'memory' };
  const path = rest.startsWith('//') ? rest.slice(2) : rest;
  if (path === '' || path.includes('?')) {
    throw createError('unsupported_database_url', { url: withoutPassword(url) });
  }
  return { kind: 'file', path };
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:/@]*):[^@]*@/, '$1:***@');
}

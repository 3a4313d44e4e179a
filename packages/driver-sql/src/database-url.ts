import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createError } from '@objectos/spec/errors';

/** Where records are kept. */
export type DatabaseLocation =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'memory' };

/** What an absent `DATABASE_URL` stands for. */
export const DEFAULT_DATABASE_URL = 'sqlite:./data/objectos.sqlite';

/**
 * Reads a database URL: `sqlite:path`, `sqlite::memory:`, `file:path`, `:memory:`, or a path that
 * ends in `.sqlite` or `.db`. Relative paths start at the working directory.
 *
 * @throws `unsupported_database_url`
 */
export function parseDatabaseUrl(url: string = DEFAULT_DATABASE_URL): DatabaseLocation {
  if (url === ':memory:' || url === 'sqlite::memory:') return { kind: 'memory' };
  const file = filePath(url);
  // SQLite would read what follows a question mark as options, and a NUL as the end of the name.
  if (file === undefined || file === '' || /[?#\0]/.test(file)) {
    throw createError('unsupported_database_url', { url: withoutSecrets(url) });
  }
  return { kind: 'file', path: path.resolve(file) };
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

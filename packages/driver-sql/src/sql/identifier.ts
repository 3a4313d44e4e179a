import { storageFailed } from './errors.js';

/**
 * Quotes a name from metadata.
 *
 * @throws `storage_failed` for anything but a plain identifier of at most `limit` characters
 */
export function quoteIdentifier(name: string, limit: number, driver: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name) || name.length > limit || name === '__proto__') {
    throw storageFailed(driver, `the name "${name}", which is no plain identifier`);
  }
  return `"${name}"`;
}

import { storageFailed } from './errors.js';

/** Longest name, that of PostgreSQL, so that metadata fits every database. */
const MAX_NAME = 63;

/**
 * Passes a name from metadata. Dots and dollars would lead elsewhere in a document.
 *
 * @throws `storage_failed` for anything but a plain identifier
 */
export function plainIdentifier(name: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name) || name.length > MAX_NAME || name === '__proto__') {
    throw storageFailed(`the name "${name}", which is no plain identifier`);
  }
  return name;
}

import type { Logger } from '@objectos/spec/contracts';
import { providersOf, type ProviderConfig } from '../providers/config.js';
import type { LdapConfig } from './config.js';
import { createDirectory, type Directory } from './directory.js';

/** Where one signs in with the password of a directory, below `/api/auth`. */
export const LDAP_PATH = '/sign-in/ldap';

/** One directory, and how it is configured. */
export interface KnownDirectory {
  readonly config: LdapConfig;
  readonly directory: Directory;
}

/** The configured directories, by their ids. */
export type Directories = ReadonlyMap<string, KnownDirectory>;

/** Makes the access to every configured directory. Nothing is loaded before somebody signs in. */
export function createDirectories(
  providers: Readonly<Record<string, ProviderConfig>>,
  logger: Logger,
): Directories {
  const all = providersOf(providers, 'ldap').map(
    ([id, config]) => [id, { config, directory: createDirectory(id, config, logger) }] as const,
  );
  return new Map(all);
}

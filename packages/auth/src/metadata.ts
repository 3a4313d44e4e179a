import type { MetadataFiles } from '@objectos/spec/contracts';
import { fileURLToPath } from 'node:url';
import type { AuthConfig } from './config.js';

/** The objects of sign-in (`user`, `session`, `organization`, …), as files of this package. */
export const signInMetadata: MetadataFiles = {
  baseDir: fileURLToPath(new URL('../metadata', import.meta.url)),
  globs: ['*.object.yml'],
};

/** The permission sets that show people to each other, as the configuration wants them. */
export function colleagueSets({
  colleagues,
  signUp,
}: Pick<AuthConfig, 'colleagues' | 'signUp'>): MetadataFiles[] {
  if (colleagues === 'hidden') return [];
  const sets = ['colleague', ...(signUp === 'open' ? [] : ['colleague_without_organization'])];
  const { baseDir } = signInMetadata;
  return [{ baseDir, globs: sets.map((name) => `${name}.permission_set.yml`) }];
}

/** Of the installation, not of an organization: people, and what proves who they are. */
export const CREDENTIAL_OBJECTS: readonly string[] = [
  'user',
  'user_account',
  'user_passkey',
  'user_two_factor',
  'user_verification',
  'session',
  'api_key',
];

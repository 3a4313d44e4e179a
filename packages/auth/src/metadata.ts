import type { MetadataFiles } from '@objectos/spec/contracts';
import { fileURLToPath } from 'node:url';

/** The objects of sign-in (`user`, `session`, `organization`, …), as files of this package. */
export const signInMetadata: MetadataFiles = {
  baseDir: fileURLToPath(new URL('../metadata', import.meta.url)),
  globs: ['*.object.yml'],
};

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

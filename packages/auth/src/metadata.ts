import type { MetadataFiles } from '@objectos/spec/contracts';
import { fileURLToPath } from 'node:url';

/** The objects of sign-in (`user`, `session`, `organization`, …), as files of this package. */
export const signInMetadata: MetadataFiles = {
  baseDir: fileURLToPath(new URL('../metadata', import.meta.url)),
  globs: ['*.object.yml'],
};

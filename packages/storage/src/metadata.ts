import type { MetadataFiles } from '@objectos/spec/contracts';
import { fileURLToPath } from 'node:url';

/** The object of files, as a file of this package. */
export const fileMetadata: MetadataFiles = {
  baseDir: fileURLToPath(new URL('../metadata', import.meta.url)),
  globs: ['*.object.yml'],
};

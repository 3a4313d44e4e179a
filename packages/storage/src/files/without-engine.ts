import type { FilesService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

const refuse = async (): Promise<never> => {
  throw createError('files_unavailable', {});
};

/** Files of a host without a data engine: none, and every call says why. */
export const withoutEngine: FilesService = {
  backend: 'local',
  upload: refuse,
  get: refuse,
  open: refuse,
  delete: refuse,
  quarantine: refuse,
  release: refuse,
};

import { entry } from '../define.js';

/** Errors of configuration and of the command line. */
export const configErrors = {
  config_invalid: entry<{ source: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The configuration in ${p.source} is not valid: ${p.reason}`,
    hint: () =>
      'Correct it there. Once it is valid, "objectos config print" shows what counts, and from where.',
  }),
  secret_weak: entry<{ name: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The ${p.name} cannot be used: ${p.reason}.`,
    hint: () => 'Set at least 32 random characters, e.g. from "openssl rand -base64 32".',
  }),
  folder_not_found: entry<{ folder: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no folder "${p.folder}".`,
    hint: () => 'Pass the folder that holds your objects/ folder.',
  }),
};

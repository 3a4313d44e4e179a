import { defineConfig } from 'tsup';
import { preset } from '../../tooling/tsup-preset.js';

export default defineConfig(
  preset({
    entry: [
      'src/index.ts',
      'src/errors/index.ts',
      'src/contracts/index.ts',
      'src/metadata/index.ts',
      'src/ledger/index.ts',
    ],
  }),
);

import { defineConfig } from 'tsup';
import { preset } from '../../tooling/tsup-preset.js';

export default defineConfig(
  preset({
    entry: [
      'src/index.node.ts',
      'src/index.ts',
      'src/driver/index.ts',
      'src/plugin/index.ts',
      'src/transfer/index.ts',
      'src/node/index.ts',
    ],
  }),
);

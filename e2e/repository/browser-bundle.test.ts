import { build } from 'esbuild';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/server.js';

/** Everything that the browser runtime stands on. */
const ISOMORPHIC = [
  'packages/spec/src/index.ts',
  'packages/formula/src/index.ts',
  'packages/kernel/src/index.ts',
  'packages/objectql/src/index.ts',
  'packages/objectql/src/plugin/index.ts',
];

describe.each(ISOMORPHIC)('%s', (entry) => {
  it('bundles for the browser without any Node module', async () => {
    const result = await build({
      entryPoints: [path.join(root, entry)],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      conditions: ['@objectos/source'],
      logLevel: 'silent',
      metafile: true,
    });
    expect(result.errors).toEqual([]);
    const inputs = Object.keys(result.metafile.inputs);
    expect(inputs.filter((input) => /^node:|\.node\.ts$|\/src\/node\//.test(input))).toEqual([]);
  });
});

import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// `import` and `require` are added where they apply; listed here, they would reach every `require` of Node.
const conditions = ['@objectos/source', 'node'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/** A busy machine may take its time; no test says how fast something is. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 15_000 } },
};

const packages = readdirSync('packages').map((folder) => ({
  ...shared,
  test: {
    name: packageName(folder),
    root: `packages/${folder}`,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    ...patience,
  },
}));

function packageName(folder: string): string {
  const published: Record<string, string> = {
    objectql: '@objectql/core',
    'driver-sql': '@objectql/driver-sql',
    server: '@objectos/plugin-server',
  };
  return published[folder] ?? `@objectos/${folder}`;
}

export default defineConfig({
  test: {
    projects: [
      ...packages,
      {
        ...shared,
        test: { name: 'examples', root: 'examples', include: ['*/test/**/*.test.ts'], ...patience },
      },
      {
        ...shared,
        test: { name: 'e2e', root: 'e2e', include: ['**/*.test.ts'], ...patience },
      },
    ],
  },
});

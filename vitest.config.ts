import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { defineConfig } from 'vitest/config';

// `import` and `require` are added where they apply; listed here, they would reach every `require` of Node.
const conditions = ['@objectos/source', 'node'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/**
 * A busy machine may take its time; no test says how fast something is. The files of a package share
 * their modules: loading them anew for each file takes longer than most tests. A test that changes
 * the state of a module or of the process takes its change back.
 */
const patience = {
  isolate: false,
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
    'driver-mongo': '@objectql/driver-mongo',
    server: '@objectos/plugin-server',
  };
  return published[folder] ?? `@objectos/${folder}`;
}

/** Suites that speak to a database through `testDatabaseUrl`, once more over PostgreSQL. */
const ON_POSTGRES = [
  { folder: 'objectql', include: ['test/engine/**/*.test.ts'] },
  { folder: 'server', include: ['test/data.test.ts', 'test/bulk.test.ts'] },
];

const onPostgres = ON_POSTGRES.map(({ folder, include }) => ({
  ...shared,
  test: {
    name: `${packageName(folder)} on PostgreSQL`,
    root: `packages/${folder}`,
    include,
    ...patience,
    env: { TEST_DATABASE: 'postgres' },
  },
}));

/** The basic suites of the engine, once more over MongoDB: a server, or what emulates one. */
const onMongo = {
  ...shared,
  test: {
    name: `@objectql/core on MongoDB${process.env['MONGODB_URL'] === undefined ? ' (emulator)' : ''}`,
    root: 'packages/objectql',
    include: [
      ...['write', 'read', 'aggregate', 'relation-filters', 'roll-ups'].map(
        (name) => `test/engine/${name}.test.ts`,
      ),
      'test/migrate/databases.test.ts',
    ],
    env: { TEST_DATABASE: 'mongo' },
    ...patience,
  },
};

/** Without a server these suites are left out, loudly. */
async function postgresAnswers(): Promise<boolean> {
  if (process.env['TEST_DATABASE_URL'] !== undefined) return true;
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: 5432 });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.unref();
  });
  if (!answers) console.warn('SKIPPED: all suites "on PostgreSQL", because no server answers.');
  return answers;
}

export default defineConfig(async () => ({
  test: {
    // One less is the default: on two cores that leaves half of the machine idle.
    maxWorkers: '100%',
    projects: [
      ...packages,
      onMongo,
      ...((await postgresAnswers()) ? onPostgres : []),
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
}));

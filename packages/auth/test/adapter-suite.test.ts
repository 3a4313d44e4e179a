import {
  authFlowTestSuite,
  caseInsensitiveTestSuite,
  joinsTestSuite,
  normalTestSuite,
  testAdapter,
  transactionsTestSuite,
  uuidTestSuite,
} from '@better-auth/test-utils/adapter';
import { systemContext } from '@objectos/spec/contracts';
import { createObjectQL } from '@objectql/core';
import { SqlDriver } from '@objectql/driver-sql';
import { afterAll } from 'vitest';
import { engineAdapter } from '../src/index.js';
import { schemaNaming, schemaObjects } from './support/schema-objects.js';

const driver = new SqlDriver({ url: ':memory:' });
const objectql = createObjectQL({ driver });
afterAll(() => driver.close());

/** better-auth's own test suite of adapters, over tables made from the schema that it asks for. */
const { execute } = await testAdapter({
  adapter: () =>
    engineAdapter({
      engine: objectql,
      context: () => systemContext('auth', { secrets: true }),
      naming: schemaNaming,
      hashed: new Set(),
    }),
  async runMigrations(options) {
    await objectql.loadSources(schemaObjects(options));
  },
  tests: [
    normalTestSuite(),
    // The engine has one form of "no value": an empty picture is null afterwards, not ''.
    authFlowTestSuite({ disableTests: { 'should successfully sign up': true } }),
    caseInsensitiveTestSuite(),
    joinsTestSuite(),
    transactionsTestSuite(),
    uuidTestSuite(),
  ],
});

execute();

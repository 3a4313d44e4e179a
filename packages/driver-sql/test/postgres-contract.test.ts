import { driverContract, emptyPostgres, findPostgres, type TestPostgres } from '@objectos/testing';
import { afterEach, describe } from 'vitest';
import { SqlDriver } from '../src/index.js';

const server = await findPostgres();
const opened: TestPostgres[] = [];

describe.skipIf(server === undefined)('PostgreSQL', () => {
  // The suite closes its driver in a hook of its own, which runs before this one.
  afterEach(async () => {
    for (const place of opened.splice(0)) await place.drop();
  });
  driverContract(
    'postgres',
    async () => {
      const place = await emptyPostgres(server ?? '');
      opened.push(place);
      return new SqlDriver({ url: place.url });
    },
    { runs: 150 },
  );
});

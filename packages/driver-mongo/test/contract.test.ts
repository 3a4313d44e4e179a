import { driverContract } from '@objectos/testing';
import { afterEach, describe, it } from 'vitest';
import { MongoDriver } from '../src/index.js';
import { databases, noServer, type OpenedDatabase } from './databases.js';

let opened: OpenedDatabase | undefined;
afterEach(async () => {
  await opened?.drop();
  opened = undefined;
});

for (const { name, open } of databases) {
  driverContract(
    name,
    async () => {
      opened = await open();
      return new MongoDriver({ url: opened.url });
    },
    { runs: 60 },
  );
}

describe('driver contract: mongo, on a server', () => {
  it.skipIf(noServer())('ran, because MONGODB_URL is set', () => undefined);
});

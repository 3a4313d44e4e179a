// A process that runs jobs until it is killed. Each job writes one line, in its own transaction.
import { createKernel, jobsService } from '@objectos/kernel';
import { databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { jobsPlugin } from '../src/index.js';
import { effectTable } from './crash-table.js';

const [, , file = '', redisUrl] = process.argv;
const driver = new SqlDriver({ url: `sqlite:${file}` });
const kernel = createKernel({
  plugins: [objectqlPlugin({ driver }), jobsPlugin],
  config: {
    '@objectos/jobs': {
      pollInterval: 20,
      lease: 300,
      ...(redisUrl === undefined ? {} : { backend: 'bullmq', redisUrl }),
    },
  },
});
await kernel.boot();
const database = kernel.service(databaseService);
await database.ensureTables([effectTable]);
// It may be killed from the first run on; without any, nothing may be left to do.
const ready = (): void => {
  clearTimeout(idle);
  process.stdout.write('ready\n');
};
const idle = setTimeout(ready, redisUrl === undefined ? 1_000 : 5_000);
let isReady = false;
kernel.service(jobsService).handle('effect', async (run) => {
  if (!isReady) ready();
  isReady = true;
  await new Promise((resolve) => setTimeout(resolve, 2));
  await run.completeWith((ctx) =>
    database.transaction(ctx, async (session) => {
      await session.insert(effectTable, [{ id: String(run.payload) }]);
    }),
  );
});

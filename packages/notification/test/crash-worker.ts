// A process that writes and emits until it is killed: every third transaction is undone. It sends
// webhooks all the while.
import { jobsPlugin } from '@objectos/jobs';
import { createKernel, notificationService, systemContext } from '@objectos/kernel';
import { outboundPlugin } from '@objectos/outbound';
import { databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { notificationPlugin } from '../src/index.js';
import { writeTable } from './crash-table.js';

const [, , file = '', config = '{}'] = process.argv;
const driver = new SqlDriver({ url: `sqlite:${file}` });
const kernel = createKernel({
  plugins: [objectqlPlugin({ driver }), jobsPlugin, outboundPlugin, notificationPlugin],
  config: JSON.parse(config) as Record<string, unknown>,
});
await kernel.boot();
const database = kernel.service(databaseService);
const notifications = kernel.service(notificationService);
await database.ensureTables([writeTable]);

const begun = Date.now();
for (let count = 0; ; count += 1) {
  const id = `${begun}-${count}`;
  await database
    .transaction(systemContext('crash', { tenantId: 'acme' }), async (session, ctx) => {
      await session.insert(writeTable, [{ id }]);
      await notifications.emit({ topic: 'deal.won', payload: { id } }, ctx);
      if (count % 3 === 2) throw new Error('undone');
    })
    .catch(() => undefined);
  // From the first committed write on it may be killed.
  if (count === 0) process.stdout.write('ready\n');
  await new Promise((resolve) => setTimeout(resolve, 3));
}

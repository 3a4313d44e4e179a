import { SqlDriver } from '@objectql/driver-sql';
import { createDataRuntime } from '../../src/index.js';
import { after } from './crash-fixture.js';
import { mortal } from './mortal.js';

/** Migrates a database and kills itself where its arguments say. */
const [url, count, where] = process.argv.slice(2);
const driver = new SqlDriver({ url });
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
};
const runtime = createDataRuntime({
  driver: mortal(driver, { count: Number(count), where: where as 'before' | 'within', die }),
});
await runtime.connect();
const target = await runtime.target([{ layer: 'app', files: after }]);
await runtime.migrator.apply(target, { allowDestructive: true });
await driver.close();

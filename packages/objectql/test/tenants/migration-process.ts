import { SqlDriver } from '@objectql/driver-sql';
import { createDataRuntime } from '../../src/index.js';
import { mortal } from '../migrate/mortal.js';
import { AFTER } from './migration-fixture.js';
import { layersOf } from './metadata.js';

/** Brings all organizations to the newer metadata, and kills itself in the n-th transaction. */
const [url, count] = process.argv.slice(2);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
};
const driver = new SqlDriver({ url, tenantSchemas: true });
const runtime = createDataRuntime({
  driver: mortal(driver, { count: Number(count), where: 'within', die }),
  autoMigrate: 'backfill',
});
await runtime.load(layersOf(AFTER));
await driver.close();

import { writeSync } from 'node:fs';
import { diffSchema } from '@objectql/core/driver';
import { SqlDriver } from '../src/index.js';
import { changeLog, record } from './crash-tables.js';

// Run by crash.test.ts as a process of its own: writes as fast as it can and prints each id after
// its transaction was acknowledged, until it is killed.
const [url, round] = process.argv.slice(2);
const driver = new SqlDriver({ url });
await driver.connect();
const { changes } = diffSchema(await driver.introspect(), [record, changeLog]);
await driver.applySchema(changes);

let next = 0;

async function writeForever(): Promise<never> {
  for (;;) {
    const id = `${String(round)}-${next}`;
    next += 1;
    await driver.transaction(
      async (session) => {
        await session.insert(record, [{ id, body: 'x'.repeat(next % 3000) }]);
        if (next % 5 === 0) await Promise.resolve();
        await session.insert(changeLog, [{ record: id }]);
      },
      { commit: next % 11 === 0 ? 'own' : 'shared' },
    );
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, writeForever));

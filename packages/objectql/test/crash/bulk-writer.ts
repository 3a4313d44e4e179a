import { writeSync } from 'node:fs';
import { SqlDriver } from '@objectql/driver-sql';
import { systemContext } from '@objectos/spec/contracts';
import { createObjectQL } from '../../src/index.js';
import { FILES, ROWS } from './bulk-fixture.js';

// Run by bulk-crash.test.ts as a process of its own: bulk writes as fast as it can, each printed
// after it was acknowledged, until it is killed.
const [url, round] = process.argv.slice(2);
const engine = createObjectQL({ driver: new SqlDriver({ url }) });
await engine.loadSources(FILES);
const ctx = systemContext('writer');
const by = ['name'];
const { record } = await engine.upsert('ledger', { name: 'one' }, ctx, { by });
let next = 0;

async function writeForever(): Promise<never> {
  for (;;) {
    const batch = `${String(round)}-${next}`;
    next += 1;
    const rows = Array.from({ length: ROWS }, (_, at) => ({
      batch,
      text: `word${batch}`,
      amount: at,
      ledger: record['id'],
    }));
    await engine.insertMany('entry', rows, ctx);
    writeSync(1, `${batch}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, writeForever));

// What single features of the engine cost, measured against the engine without them.
import { createKernel } from '../packages/kernel/dist/index.js';
import { dataEngineService } from '../packages/spec/dist/contracts/index.js';
import { objectqlPlugin } from '../packages/objectql/dist/plugin/index.js';
import { importRecords } from '../packages/objectql/dist/transfer/index.js';
import { SqlDriver } from '../packages/driver-sql/dist/index.js';
import { filesOf } from './databases.mjs';
import { ctx, newContact, nextNumber, OBJECTS, ORDERS } from './engine-data.mjs';
import { inTurn } from './measure.mjs';
import { median } from './servers.mjs';

/** One write at a time, so that what a summary adds is not hidden by shared commits. */
export async function rollUps({ engine }) {
  const line = (object) => () => {
    const order = `o${1 + (nextNumber() % ORDERS)}`;
    return engine.insert(object, { order, amount: 1.5 }, ctx);
  };
  const [plain, summed] = await inTurn([line('plain_line'), line('line')]);
  return `A sum on the parent adds ${(summed - plain).toFixed(2)} ms to a child's write of ${plain.toFixed(2)} ms (goal: 1 ms).`;
}

/** Entries of a CSV file, each with hooks, validation, references and change log. */
export async function importRows(runtime) {
  const count = 10_000;
  const parts = { engine: runtime.engine, snapshot: runtime.store.current() };
  const run = async () => {
    const file = [...csvPieces(count)];
    const start = performance.now();
    const report = await importRecords(parts, file, { object: 'contact', format: 'csv' }, ctx);
    const spent = (performance.now() - start) / 1000;
    if (report.created !== count) throw new Error(`only ${report.created} of ${count} came in`);
    return spent;
  };
  // The first one runs while its program is still being compiled.
  await run();
  const times = [await run(), await run(), await run()];
  return `An import of ${count} rows of CSV writes ${(count / median(times)).toFixed(0)} rows a second.`;
}

/** In pieces as a stream reads a file. */
function* csvPieces(count) {
  const columns = ['name', 'email', 'status', 'amount', 'account'];
  let piece = `${columns.join(',')}\n`;
  for (let at = 0; at < count; at += 1) {
    const record = newContact();
    piece += `${columns.map((name) => record[name]).join(',')}\n`;
    if (piece.length < 64 * 1024) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

/** Creates of one organization, counted against a limit and not. */
export async function quotas(url) {
  const off = await application(url, undefined);
  const on = await application(url, { records: 1_000_000_000 });
  const tenant = { ...ctx, principal: { ...ctx.principal, tenantId: 'acme' } };
  const create =
    ({ engine }) =>
    () =>
      engine.insert('contact', newContact(), tenant);
  const [free, counted] = await inTurn([create(off), create(on)]);
  await off.kernel.stop();
  await on.kernel.stop();
  return `A quota of records adds ${(counted - free).toFixed(2)} ms to a create of ${free.toFixed(2)} ms.`;
}

async function application(url, limits) {
  const plugin = objectqlPlugin({
    driver: new SqlDriver({ url }),
    applicationFiles: async () => filesOf(OBJECTS),
    quotas: limits,
  });
  const kernel = createKernel({ plugins: [plugin] });
  await kernel.boot();
  return { kernel, engine: kernel.service(dataEngineService) };
}

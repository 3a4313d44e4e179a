import { dataEngineService, definePlugin, systemContext } from '@objectos/spec/contracts';
import { generate } from './seed/generate.js';

/**
 * @typedef {import('@objectos/spec/contracts').DataEngine} DataEngine
 * @typedef {import('@objectos/spec/contracts').PluginContext} PluginContext
 */

const CHUNK = 500;
const PROGRESS = 'sample-data';
/** Price books and campaigns come from `data/`, which the engine loads before this plugin starts. */
const FROM_FILES = new Set(['price_book', 'campaign']);

/**
 * Fills the CRM with sample data the first time it starts. The plugin's own storage remembers that,
 * so records that somebody deletes later stay deleted.
 */
export const plugin = definePlugin({
  manifest: {
    id: 'crm-sample-data',
    version: '1.0.0',
    description:
      'Sample data for the CRM: 1,000 accounts, 10,000 contacts and what belongs to them.',
  },
  deps: { engine: dataEngineService },
  setup(ctx, { engine }) {
    return { start: () => fill(ctx, engine) };
  },
});

/**
 * @param {PluginContext} ctx
 * @param {DataEngine} engine
 */
async function fill(ctx, engine) {
  const progress = await ctx.storage.get(PROGRESS);
  if (progress === 'done') return;
  const resumed = progress === 'started';
  await ctx.storage.set(PROGRESS, 'started');
  let total = 0;
  for (const { object, records } of generate()) {
    if (FROM_FILES.has(object)) continue;
    for (let from = 0; from < records.length; from += CHUNK) {
      if (ctx.signal.aborted) return;
      const chunk = records.slice(from, from + CHUNK);
      await insert(engine, {
        object,
        records: resumed ? await missing(engine, object, chunk) : chunk,
      });
    }
    total += records.length;
    ctx.logger.info({ object, records: records.length, total }, 'sample data added');
  }
  await ctx.storage.set(PROGRESS, 'done');
}

/** Sample data belong to no organization, also where each has a schema of its own. */
const seeding = () => systemContext('seed', { installation: true });

/**
 * @param {DataEngine} engine
 * @param {{ object: string, records: Record<string, unknown>[] }} batch
 */
async function insert(engine, { object, records }) {
  if (records.length > 0) {
    await engine.insertMany(object, records, seeding(), { acceptId: true });
  }
}

/**
 * What an interrupted first start did not get to.
 * @param {DataEngine} engine
 * @param {string} object
 * @param {Record<string, unknown>[]} records
 */
async function missing(engine, object, records) {
  const ids = records.map(({ id }) => String(id));
  const found = await engine.find(
    object,
    {
      fields: ['id'],
      where: { op: 'in', field: 'id', value: ids },
      limit: ids.length,
      deleted: 'include',
    },
    seeding(),
  );
  const known = new Set(found.records.map(({ id }) => id));
  return records.filter(({ id }) => !known.has(id));
}

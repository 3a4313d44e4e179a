import {
  systemContext,
  type PluginStorage,
  type RecordData,
  type Scalar,
} from '@objectos/spec/contracts';
import type { SeedDefinition } from '@objectos/spec/metadata';
import type { MetadataItem } from '../metadata/compiled.js';
import type { DataRuntime } from './data-runtime.js';

/** What applying seeds needs. */
export interface SeedScope {
  /** Remembers which seeds were applied, so that each runs once per content. */
  readonly storage: PluginStorage;
  readonly environment: 'prod' | 'dev' | 'test';
}

const CHUNK = 500;

/**
 * Applies the seed files of the metadata in force, as the system principal `seed`. A seed runs when
 * its content is new; records that people changed meanwhile are only touched by `upsert` and
 * `update` seeds whose file changed.
 */
export async function applySeeds(runtime: DataRuntime, scope: SeedScope): Promise<void> {
  const seeds = runtime.store.current().items.get('seed');
  const apply = async (): Promise<void> => {
    for (const item of seeds?.values() ?? []) await applyOnce(runtime, item, scope);
  };
  if (seeds === undefined || seeds.size === 0) return;
  // Of several nodes that start together, one applies them and the others find it done.
  await (runtime.driver.exclusive?.('seeds', apply) ?? apply());
}

async function applyOnce(
  runtime: DataRuntime,
  item: MetadataItem,
  scope: SeedScope,
): Promise<void> {
  const seed = item.value as unknown as SeedDefinition;
  if (seed.env?.includes(scope.environment) === false) return;
  const content = JSON.stringify(seed);
  const key = `seed ${item.name}`;
  if ((await scope.storage.get(key)) === content) return;
  await apply(runtime, seed);
  await scope.storage.set(key, content);
}

async function apply({ engine }: DataRuntime, seed: SeedDefinition): Promise<void> {
  const { object, mode = 'upsert', externalId = 'name' } = seed;
  // Records of no organization: what organizations have of the same name is theirs.
  const ctx = systemContext('seed', { installation: true });
  for (let start = 0; start < seed.records.length; start += CHUNK) {
    const records: RecordData[] = seed.records.slice(start, start + CHUNK);
    await engine.transaction(ctx, async (inside) => {
      const known =
        mode === 'insert' ? new Map<unknown, string>() : await existing(records, inside);
      const added = records.filter((record) => !known.has(record[externalId]));
      if (mode !== 'update' && added.length > 0) {
        await engine.insertMany(object, added, inside, { acceptId: true });
      }
      if (mode !== 'update' && mode !== 'upsert') return;
      for (const record of records) {
        const id = known.get(record[externalId]);
        if (id === undefined) continue;
        const data = { ...record };
        delete data['id'];
        await engine.update(object, id, data, inside);
      }
    });
  }

  async function existing(
    records: readonly RecordData[],
    inside: Parameters<typeof engine.find>[2],
  ): Promise<Map<unknown, string>> {
    const value = records.map((record) => (record[externalId] ?? null) as Scalar);
    const query = {
      fields: [externalId],
      where: { op: 'in', field: externalId, value },
      limit: 1_000,
    } as const;
    const { records: found } = await engine.find(object, query, inside);
    return new Map(found.map((record) => [record[externalId], record['id'] as string]));
  }
}

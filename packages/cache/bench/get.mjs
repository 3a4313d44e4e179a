// Compares a read of the cache with a read of lru-cache itself, in turns, in one run.
// Build first: `pnpm --filter @objectos/cache... build`. Run: `node packages/cache/bench/get.mjs`.
import { LRUCache } from 'lru-cache';
import { createCacheService } from '../dist/index.js';

const READS = 500_000;
const keys = Array.from({ length: 1_000 }, (_, index) => `account:${index}`);
const raw = new LRUCache({ max: 10_000, ttl: 300_000 });
const cache = createCacheService().open({ owner: 'bench', tenantId: 'acme' });
for (const key of keys) {
  raw.set(key, { name: key });
  await cache.set(key, { name: key });
}

const measure = (get) => {
  const begin = performance.now();
  for (let index = 0; index < READS; index += 1) get(keys[index % keys.length]);
  return ((performance.now() - begin) * 1e6) / READS;
};
const results = { raw: [], cache: [] };
for (let round = 0; round < 9; round += 1) {
  results.raw.push(measure((key) => raw.get(key)));
  results.cache.push(measure((key) => cache.get(key)));
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const [base, ours] = [median(results.raw), median(results.cache)];
console.log(
  `lru-cache ${base.toFixed(0)} ns, @objectos/cache ${ours.toFixed(0)} ns: ${(ours / base).toFixed(2)}x`,
);

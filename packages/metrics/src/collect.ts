import {
  cacheService,
  jobsService,
  type MetricsService,
  type PluginContext,
} from '@objectos/spec/contracts';

/** Looks up what other plugins count themselves, whenever metrics are read. */
export function collectFromServices(ctx: PluginContext, metrics: MetricsService): void {
  const jobs = metrics.gauge({
    name: 'objectos_jobs',
    help: 'Jobs by queue and state.',
    labels: ['queue', 'state'],
  });
  const paused = metrics.gauge({
    name: 'objectos_job_queue_paused',
    help: '1 while a queue is paused.',
    labels: ['queue'],
  });
  const entries = metrics.gauge({
    name: 'objectos_cache_entries',
    help: 'Values in the memory of the cache.',
  });
  const size = metrics.gauge({
    name: 'objectos_cache_characters',
    help: 'Characters of JSON in the memory of the cache.',
  });
  const available = metrics.gauge({
    name: 'objectos_cache_available',
    help: '1 while the backend of the cache answers.',
  });
  const reads = metrics.gauge({
    name: 'objectos_cache_reads',
    help: 'Reads of the cache since the start, by owner and result.',
    labels: ['owner', 'result'],
  });

  ctx.onDispose(
    metrics.onCollect(async () => {
      for (const { queue, paused: isPaused, counts } of (await ctx
        .service(jobsService)
        ?.statistics()) ?? []) {
        paused.set(isPaused ? 1 : 0, { queue });
        for (const [state, count] of Object.entries(counts)) jobs.set(count, { queue, state });
      }
    }),
  );
  ctx.onDispose(
    metrics.onCollect(() => {
      const cache = ctx.service(cacheService)?.statistics();
      if (cache === undefined) return;
      entries.set(cache.entries);
      size.set(cache.bytes);
      available.set(cache.available ? 1 : 0);
      const byOwner = new Map<string, { hit: number; miss: number }>();
      // Tenants are no label: there may be many, and who they are is nobody's business here.
      for (const { owner, hits, misses } of cache.scopes) {
        const sum = byOwner.get(owner) ?? { hit: 0, miss: 0 };
        byOwner.set(owner, { hit: sum.hit + hits, miss: sum.miss + misses });
      }
      for (const [owner, { hit, miss }] of byOwner) {
        reads.set(hit, { owner, result: 'hit' });
        reads.set(miss, { owner, result: 'miss' });
      }
    }),
  );
}

import { z } from 'zod';

/** Configuration of the cache plugin. Every key has a default; unknown keys are refused. */
export const cacheConfigSchema = z.strictObject({
  /** `redis://…` or `rediss://…`: shares the cache with other nodes. Absent: memory only. */
  redisUrl: z
    .string()
    .regex(/^rediss?:\/\//, 'a URL like "redis://host:6379"')
    .optional()
    .meta({ secret: true }),
  /** First part of every key on Redis; installations that share a Redis need different ones. */
  prefix: z
    .string()
    .regex(/^[\w.:-]{1,64}$/)
    .default('objectos:cache'),
  /** Most values kept in this process's memory. */
  maxEntries: z.int().min(1).default(10_000),
  /** Most characters of JSON kept in this process's memory. */
  maxSize: z
    .int()
    .min(1024)
    .default(64 * 1024 * 1024),
  /** Most characters of one value. */
  maxValueSize: z
    .int()
    .min(1)
    .default(1024 * 1024),
  /** Milliseconds that a value lives when its writer does not say. */
  defaultTtl: z.int().min(1).default(300_000),
});

/** The cache's configuration, defaults filled in. */
export type CacheConfig = z.output<typeof cacheConfigSchema>;

import { z } from 'zod';

/** Configuration of the storage plugin. Every key has a default; unknown keys are refused. */
export const storageConfigSchema = z.strictObject({
  keyValue: z
    .strictObject({
      /** Where values live. Default: the application's database, in memory where there is none. */
      backend: z.enum(['database', 'redis', 'memory']).default('database'),
      /** First part of every key on Redis; installations that share a Redis need different ones. */
      prefix: z
        .string()
        .regex(/^[\w.:-]{1,64}$/)
        .default('objectos:kv'),
      /** Most bytes of one value, as JSON. */
      maxValueSize: z
        .int()
        .min(1)
        .default(1024 * 1024),
    })
    .prefault({}),
  /** `redis://…` or `rediss://…`; needed by the backend `redis`, unused by the others. */
  redisUrl: z
    .string()
    .regex(/^rediss?:\/\//, 'a URL like "redis://host:6379"')
    .optional()
    .meta({ secret: true }),
});

/** The plugin's configuration, defaults filled in. */
export type StorageConfig = z.output<typeof storageConfigSchema>;

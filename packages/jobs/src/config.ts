import { z } from 'zod';

const queue = z.strictObject({
  /** Jobs of the queue that run at once in this process. */
  concurrency: z.int().min(1).max(1_000).default(10),
  /** Jobs of one group that run at once, over all processes. */
  groupConcurrency: z.int().min(1).optional(),
  /** Starts of jobs of one group in a span of milliseconds, over all processes. */
  groupRate: z.strictObject({ max: z.int().min(1), per: z.int().min(1_000) }).optional(),
});

const fields = z.strictObject({
  /**
   * What brings waiting jobs to the workers: the application's database itself, or BullMQ on Redis.
   * The database keeps the jobs in both cases.
   */
  backend: z.enum(['database', 'bullmq']).default('database'),
  /** `redis://…` or `rediss://…`, for the backend `bullmq`. */
  redisUrl: z
    .string()
    .regex(/^rediss?:\/\//, 'a URL like "redis://host:6379"')
    .optional()
    .meta({ secret: true }),
  /** First part of every key on Redis; installations that share a Redis need different ones. */
  redisPrefix: z
    .string()
    .regex(/^[\w.:-]{1,64}$/)
    .default('objectos:jobs'),
  /** Queues with limits of their own; others have the defaults. */
  queues: z.record(z.string().regex(/^[\w.:-]{1,64}$/), queue).default({}),
  /** Whether this process runs jobs. False: it only enqueues. */
  run: z.boolean().default(true),
  /** Milliseconds between two looks for jobs that nobody told of. */
  pollInterval: z.int().min(10).default(1_000),
  /** Milliseconds without a sign of life after which a job is taken from its worker. */
  lease: z.int().min(100).default(30_000),
  /** Milliseconds that ended jobs are kept, by how they ended. */
  retention: z
    .strictObject({
      completed: z.int().min(0).default(86_400_000),
      cancelled: z
        .int()
        .min(0)
        .default(7 * 86_400_000),
      dead: z
        .int()
        .min(0)
        .default(90 * 86_400_000),
    })
    .prefault({}),
  /** Milliseconds that running jobs are given to end when the plugin stops. */
  stopGrace: z.int().min(0).default(20_000),
  /** Worker threads for `handleInThread`. */
  threads: z.int().min(1).max(64).default(2),
});

/** Configuration of the jobs plugin. Every key has a default; unknown keys are refused. */
export const jobsConfigSchema = fields.refine(
  // A process that only enqueues writes to the database alone.
  ({ backend, redisUrl, run }) => backend !== 'bullmq' || !run || redisUrl !== undefined,
  { path: ['redisUrl'], error: 'the backend "bullmq" needs the URL of a Redis' },
);

/** The plugin's configuration, defaults filled in. */
export type JobsConfig = z.output<typeof jobsConfigSchema>;
/** Limits of one queue. */
export type QueueLimits = z.output<typeof queue>;

const DEFAULT_LIMITS: QueueLimits = queue.parse({});

/** The limits of a queue. */
export function limitsOf(config: JobsConfig, name: string): QueueLimits {
  return config.queues[name] ?? DEFAULT_LIMITS;
}

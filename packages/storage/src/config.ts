import { z } from 'zod';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const types = z.array(
  z
    .string()
    .regex(/^(?:\.[\w-]+|[\w.+-]+\/(?:\*|[\w.+-]+))$/, 'like ".pdf", "image/*" or "text/csv"'),
);

/** An S3-compatible service. */
export const s3Schema = z.strictObject({
  /** Of the service, without the bucket: `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: z.string().regex(/^https?:\/\/[^\s?#]+$/, 'an address like "https://s3.example.com"'),
  region: z.string().min(1).default('auto'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1).meta({ secret: true }),
  /** First part of every key. */
  prefix: z
    .string()
    .regex(/^(?:[\w.-]+\/)*$/, 'parts that each end in "/"')
    .default(''),
});

const side = z.int().min(1).max(4_096);

const thumbnailsSchema = z.strictObject({
  /** Sizes in pixels that are made; nobody gets another one. Without a side: as wide or high as it comes. */
  sizes: z
    .array(
      z
        .strictObject({ width: side.optional(), height: side.optional() })
        .refine(({ width, height }) => width !== undefined || height !== undefined, {
          message: 'a size has a width, a height, or both',
        }),
    )
    .max(32)
    .default([
      { width: 64, height: 64 },
      { width: 200, height: 200 },
      { width: 400 },
      { width: 1_200 },
    ]),
  /** Most pixels of an image that one is made of. A small file may hold a huge image. */
  maxPixels: z.int().min(1).default(50_000_000),
  /** Most bytes of a file that one is made of. */
  maxBytes: z
    .int()
    .min(1)
    .default(30 * MIB),
  /** How many are made at a time, in this process. */
  concurrency: z.int().min(1).max(64).default(2),
});

const filesSchema = z.strictObject({
  /** Where contents are: a folder of this machine (or a shared one), or an S3-compatible service. */
  backend: z.enum(['local', 's3']).default('local'),
  /** Of the backend `local`. Default: `files` in the `dataFolder`. */
  folder: z.string().min(1).optional(),
  /** Of the backend `s3`. */
  s3: s3Schema.optional(),
  /** Most bytes of one file. */
  maxSize: z
    .int()
    .min(1)
    .default(100 * MIB),
  /** Types that are taken; empty: all. Media types, `image/*`, endings. */
  allowedTypes: types.default([]),
  /** Types that are refused. */
  blockedTypes: types.default([]),
  /** Milliseconds that a signed address works when its maker does not say. */
  urlTtl: z
    .int()
    .min(1_000)
    .max(7 * 24 * HOUR)
    .default(HOUR),
  /** Milliseconds that an upload may take from its announcement to its end. */
  uploadTtl: z
    .int()
    .min(1_000)
    .default(24 * HOUR),
  /** Small images of images. */
  thumbnails: thumbnailsSchema.prefault({}),
  /** Milliseconds after which a file that no record has is removed. */
  orphanAfter: z
    .int()
    .min(0)
    .default(24 * HOUR),
});

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
  /** Folder for what the plugin keeps on this machine. */
  dataFolder: z.string().min(1).default('.objectos'),
  files: filesSchema.prefault({}),
  /** An S3-compatible service in one text; stands for `files.backend` and `files.s3`. */
  filesUrl: z
    .string()
    .regex(/^s3:\/\//, 'a URL like "s3://key:secret@host/bucket"')
    .optional()
    .meta({ secret: true }),
  /** Signs addresses of files. Absent: a key is made once and kept in the plugin's storage. */
  secret: z.string().optional().meta({ secret: true }),
});

/** The plugin's configuration, defaults filled in. */
export type StorageConfig = z.output<typeof storageConfigSchema>;
/** The part about files. */
export type FilesConfig = StorageConfig['files'];

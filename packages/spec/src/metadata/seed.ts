import { z } from 'zod';
import { keySchema, namedMap, nameSchema } from './names.js';

/** Records to start with. */
export const seedSchema = z.strictObject({
  name: nameSchema,
  object: nameSchema,
  /** Field that tells whether a record is already there. Default `name`. */
  externalId: nameSchema.optional(),
  /**
   * `insert` always adds, `update` only changes, `upsert` (default) does either, `ignore` adds only
   * what is missing.
   */
  mode: z.enum(['insert', 'update', 'upsert', 'ignore']).optional(),
  /** Where it is loaded. Default: everywhere. */
  env: z
    .array(z.enum(['prod', 'dev', 'test']))
    .min(1)
    .optional(),
  /** The engine checks the values, as those of any other write. */
  records: z.array(namedMap(keySchema, z.unknown())).max(100_000),
});

/** Seed data as metadata declares it. */
export type SeedDefinition = z.infer<typeof seedSchema>;

import { z } from 'zod';

/** Configuration of the audit plugin. Every key has a default; unknown keys are refused. */
export const auditConfigSchema = z.strictObject({
  /** Fields whose values are never kept, as `object.field`; secret and password fields never are. */
  mask: z.array(z.string().regex(/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/)).default([]),
  /** Days that values are kept, by object, `*` for all others. Afterwards they are erased. */
  retentionDays: z.record(z.string(), z.int().min(1)).default({}),
  /** Signs the chains. Absent: a key derived from `secret`, else one kept in `dataFolder`. */
  signingKey: z.string().optional().meta({ secret: true }),
  /** The secret of the installation. */
  secret: z.string().optional().meta({ secret: true }),
  /** Former values of `signingKey` and `secret`; what they signed is still accepted. */
  formerKeys: z.array(z.string()).max(20).default([]).meta({ secret: true }),
  /** Folder for a key that is made once, where neither of both is given. Without it nothing is signed. */
  dataFolder: z.string().min(1).optional(),
  /** Entries between two signed checkpoints of a chain. */
  checkpointEvery: z.int().min(1).default(100),
  /** Milliseconds between two looks for changes that nobody told of. */
  pollInterval: z.int().min(10).default(1_000),
});

/** The plugin's configuration, defaults filled in. */
export type AuditConfig = z.output<typeof auditConfigSchema>;

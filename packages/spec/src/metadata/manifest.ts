import { z } from 'zod';

const versionRange = z.string().min(1);

/**
 * A plugin's manifest: the plan's `PluginManifest` without its functions. `dependencies` is a list
 * of plugin ids or a map from id to semver range.
 */
export const pluginManifestSchema = z.strictObject({
  id: z.string().regex(/^[@a-z0-9][a-z0-9._/@-]*$/i, 'an id like "crm" or "@acme/crm"'),
  version: z.string().regex(/^\d+\.\d+\.\d+(?:[-+].+)?$/, 'a version like 1.0.0'),
  name: z.string().optional(),
  description: z.string().optional(),
  /** Range of kernel versions the plugin works with. */
  engine: versionRange.optional(),
  dependencies: z.union([z.array(z.string()), z.record(z.string(), versionRange)]).optional(),
  optionalDependencies: z
    .union([z.array(z.string()), z.record(z.string(), versionRange)])
    .optional(),
  requiresServices: z.array(z.string()).optional(),
  providesServices: z.array(z.string()).optional(),
  /** Without this plugin running, data stays closed: it can be neither skipped nor disabled. */
  critical: z.boolean().optional(),
  /** Metadata files, as globs relative to the plugin's folder. */
  objects: z.array(z.string()).optional(),
  workflows: z.array(z.string()).optional(),
  views: z.array(z.string()).optional(),
  apps: z.array(z.string()).optional(),
  permissions: z.array(z.string()).optional(),
  translations: z.array(z.string()).optional(),
  data: z.array(z.string()).optional(),
});

/** A validated plugin manifest. */
export type PluginManifest = z.infer<typeof pluginManifestSchema>;

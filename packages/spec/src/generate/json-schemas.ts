import { z } from 'zod';
import { formats } from '../metadata/formats.js';
import { pluginManifestSchema } from '../metadata/manifest.js';

/**
 * The JSON Schema of each format by its file name (`object.schema.json`), as an editor reads it:
 * `# yaml-language-server: $schema=…/object.schema.json`. They describe today's spelling; what only
 * the loader can check (references, graphs, expressions) is not in them.
 */
export function jsonSchemas(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const files = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { type, schema } of Object.values(formats)) {
    files.set(`${type}.schema.json`, titled(schema, `ObjectOS ${type.replaceAll('_', ' ')}`));
  }
  files.set(
    'plugin-manifest.schema.json',
    titled(pluginManifestSchema, 'ObjectOS plugin manifest'),
  );
  return files;
}

function titled(schema: z.ZodType, title: string): Readonly<Record<string, unknown>> {
  // "output" because maps are piped from an unknown input; no schema changes what it parses.
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'output', reused: 'inline' });
  return { $schema, title, ...rest };
}

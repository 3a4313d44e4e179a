import type { z } from 'zod';
import { readSchema } from '../metadata/schema-tree.js';

/**
 * Every key path that `schema` accepts, sorted: `fields`, `fields.*.options.*.value`. `*` stands for
 * the items of a list and the names of a map; the options of a union are taken together.
 *
 * @example schemaKeys(formats.role.schema) // ['description', 'label', 'name', 'parent']
 */
export function schemaKeys(schema: z.core.$ZodType): string[] {
  const found = new Set<string>();
  collect(schema, '', found);
  return [...found].sort();
}

function collect(schema: z.core.$ZodType, prefix: string, found: Set<string>): void {
  const node = readSchema(schema);
  switch (node.kind) {
    case 'object':
      for (const [key, inner] of Object.entries(node.shape)) {
        const path = prefix === '' ? key : `${prefix}.${key}`;
        found.add(path);
        collect(inner, path, found);
      }
      break;
    case 'map':
      collect(node.value, `${prefix}.*`, found);
      break;
    case 'list':
      collect(node.item, `${prefix}.*`, found);
      break;
    case 'union':
      for (const option of node.options) collect(option, prefix, found);
      break;
    case 'value':
      break;
  }
}

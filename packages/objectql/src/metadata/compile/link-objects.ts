import type { ObjectDefinition } from '@objectos/spec/metadata';
import type { Merged } from '../layers/merge.js';
import type { KeyPath } from '../source/types.js';
import { linkDefinition, linkFieldsOf, throughOf } from './links.js';

/**
 * The objects of links that many-to-many fields need and nobody defined, as if they had been written
 * where the field stands.
 */
export function linkObjectsOf(objects: ReadonlyMap<string, Merged>): Map<string, Merged> {
  const made = new Map<string, Merged>();
  for (const item of objects.values()) {
    const definition = item.value as unknown as ObjectDefinition;
    for (const [name, field] of linkFieldsOf(definition)) {
      const through = throughOf(item.name, name, field);
      if (objects.has(through) || made.has(through)) continue;
      const own: KeyPath = ['fields', name];
      made.set(through, {
        ...item,
        name: through,
        value: linkDefinition(item.name, name, field),
        position: item.locate(own),
        origins: new Map(),
        locate: () => item.locate(own),
      });
    }
  }
  return made;
}

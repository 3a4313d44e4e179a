import { formats } from '@objectos/spec/metadata';
import { isInactive, isSealed } from '../compile/fields.js';
import type { MetadataNotice, ObjectMeta } from '../compiled.js';
import type { MergedItems } from '../layers/merge.js';
import { lazyNotice } from '../problems.js';

/** What is accepted although nothing acts on it yet: visible, never silent. */
export function inactiveNotices(
  items: MergedItems,
  objects: ReadonlyMap<string, ObjectMeta>,
  activePlugins: ReadonlySet<string> | undefined,
): MetadataNotice[] {
  const notices: MetadataNotice[] = [];
  for (const [type, named] of items) {
    const { status, plugin } = formats[type];
    if (status === 'active' || (plugin !== undefined && activePlugins?.has(plugin) === true))
      continue;
    for (const item of named.values()) {
      const text = `The ${type} "${item.name}" is accepted, and not active until the plugin ${plugin ?? 'that reads it'} is loaded.`;
      notices.push(lazyNotice('inactive', text, () => item.position));
    }
  }
  for (const meta of objects.values()) {
    for (const field of meta.fields.values()) {
      if (field.system) continue;
      const subject = `The ${field.type} field "${meta.name}.${field.name}"`;
      const isForeign = isSealed(field.type) && !isOfPlugin(items, meta.name);
      if (!isForeign && !isInactive(field.type)) continue;
      const text = isForeign
        ? `${subject} is accepted, and only plugins read and write it.`
        : `${subject} is accepted, and has no value until a release that computes it.`;
      notices.push(lazyNotice('inactive', text, () => meta.position));
    }
  }
  return notices;
}

function isOfPlugin(items: MergedItems, object: string): boolean {
  return items.get('object')?.get(object)?.layer.startsWith('plugin:') === true;
}

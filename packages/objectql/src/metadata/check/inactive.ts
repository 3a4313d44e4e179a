import { inactiveKeys } from '@objectos/spec/ledger';
import { isSealed } from '../compile/fields.js';
import type { MetadataNotice, ObjectMeta } from '../compiled.js';
import type { Merged, MergedItems } from '../layers/merge.js';
import { lazyNotice } from '../problems.js';

const NONE: ReadonlySet<string> = new Set();

/** What is accepted although nothing acts on it yet: visible, never silent. */
export function inactiveNotices(
  items: MergedItems,
  objects: ReadonlyMap<string, ObjectMeta>,
  activePlugins: ReadonlySet<string> = NONE,
): MetadataNotice[] {
  const notices: MetadataNotice[] = [];
  for (const named of items.values()) {
    for (const item of named.values()) notices.push(...waiting(item, activePlugins));
  }
  for (const item of items.get('object')?.values() ?? []) {
    notices.push(...foreignSecrets(item, objects.get(item.name)));
  }
  return notices;
}

/** Definitions and keys that wait for a plugin, or for a later release. */
function waiting(item: Merged, activePlugins: ReadonlySet<string>): MetadataNotice[] {
  return inactiveKeys(item.type, item.value, activePlugins).map(({ path, message }) => {
    const where = path.slice(0, -1).join('.');
    const owner = `${item.type} "${item.name}"${where === '' ? '' : `, ${where}`}`;
    return lazyNotice('inactive', `${owner}: ${message}`, () => item.locate(path, 'key'));
  });
}

/** Secrets that an application declares: it has no code that could read or write them. */
function foreignSecrets(item: Merged, meta: ObjectMeta | undefined): MetadataNotice[] {
  if (item.layer.startsWith('plugin:')) return [];
  return [...(meta?.fields.values() ?? [])]
    .filter((field) => !field.system && isSealed(field.type))
    .map(({ name, type }) => {
      const text = `The ${type} field "${item.name}.${name}" is accepted, and only plugins read and write it.`;
      return lazyNotice('inactive', text, () => item.locate(['fields', name], 'key'));
    });
}

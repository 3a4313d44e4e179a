import { formats } from '../metadata/formats.js';
import { METADATA_TYPES, type MetadataType } from '../metadata/types.js';
import type { LedgerEntry } from './entries.js';
import { ledger } from './ledger.js';

/** A key that was accepted and has no effect now. */
export interface InactiveKey {
  /** Empty when the whole definition has no effect. */
  readonly path: readonly (string | number)[];
  /** The plugin that would give it its effect. Absent: a later version of the core does. */
  readonly plugin?: string | undefined;
  readonly message: string;
}

interface Branch {
  entry?: LedgerEntry;
  readonly values: Map<string, LedgerEntry>;
  readonly children: Map<string, Branch>;
}

const trees: ReadonlyMap<MetadataType, Branch> = new Map(
  METADATA_TYPES.map((type) => [type, treeOf(ledger[type])]),
);

/** Experimental entries as a tree, so that a definition is walked only where it could matter. */
function treeOf(entries: readonly LedgerEntry[]): Branch {
  const root: Branch = { values: new Map(), children: new Map() };
  for (const entry of entries) {
    if (entry.status === 'active') continue;
    const [path = '', value] = entry.key.split('=');
    const branch = grow(root, path.split('.'));
    if (value === undefined) branch.entry = entry;
    else branch.values.set(value, entry);
  }
  return root;
}

function grow(root: Branch, steps: readonly string[]): Branch {
  let branch = root;
  for (const step of steps) {
    let next = branch.children.get(step);
    if (next === undefined) {
      next = { values: new Map(), children: new Map() };
      branch.children.set(step, next);
    }
    branch = next;
  }
  return branch;
}

/**
 * The keys of a definition that are accepted and have no effect, because the plugin that consumes
 * them is not among `loaded`. A definition whose whole format waits for a plugin gives one answer,
 * with an empty path; so does the outermost of nested keys.
 *
 * @example
 * inactiveKeys('object', { name: 'a', sharingModel: 'private', fields: {} }, new Set())
 * // [{ path: ['sharingModel'], plugin: '@objectos/permissions', message: '…' }]
 */
export function inactiveKeys(
  type: MetadataType,
  value: unknown,
  loaded: ReadonlySet<string>,
): InactiveKey[] {
  const { plugin } = formats[type];
  if (plugin !== undefined && !loaded.has(plugin)) {
    return [
      {
        path: [],
        plugin,
        message: `A ${type} has no effect until the plugin ${plugin} is loaded.`,
      },
    ];
  }
  const found: InactiveKey[] = [];
  const tree = trees.get(type);
  if (tree !== undefined) walk(tree, { value, path: [] }, { loaded, found });
  return found;
}

interface Here {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

interface Search {
  readonly loaded: ReadonlySet<string>;
  readonly found: InactiveKey[];
}

function walk(branch: Branch, here: Here, search: Search): void {
  const entry = branch.entry ?? branch.values.get(String(here.value));
  if (entry !== undefined && !isThere(entry, search.loaded)) {
    search.found.push(describe(entry, here));
    return;
  }
  if (branch.children.size === 0 || typeof here.value !== 'object' || here.value === null) return;
  const inside = childrenOf(branch, here);
  const kind = inside.find(({ next, child }) => {
    const entry = next.values.get(String(child.value));
    return entry !== undefined && !isThere(entry, search.loaded);
  });
  // A definition of an inactive kind has no effect as a whole: its other keys add nothing.
  for (const { next, child } of kind === undefined ? inside : [kind]) walk(next, child, search);
}

function childrenOf(branch: Branch, { value, path }: Here): { next: Branch; child: Here }[] {
  const steps: readonly (string | number)[] = Array.isArray(value)
    ? [...value.keys()]
    : Object.keys(value as object);
  return steps.flatMap((step) => {
    const next = branch.children.get(String(step)) ?? branch.children.get('*');
    if (next === undefined) return [];
    const inner = (value as Record<string | number, unknown>)[step];
    return [{ next, child: { value: inner, path: [...path, step] } }];
  });
}

function isThere(entry: LedgerEntry, loaded: ReadonlySet<string>): boolean {
  return entry.plugin !== undefined && loaded.has(entry.plugin);
}

function describe(entry: LedgerEntry, { path, value }: Here): InactiveKey {
  const key = String(path.at(-1) ?? '');
  const subject = entry.key.includes('=') ? `"${key}: ${String(value)}"` : `"${key}"`;
  const plugin = entry.plugin ?? entry.consumer;
  const message = `${subject} has no effect until the plugin ${plugin} is loaded.`;
  return { path, plugin: entry.plugin, message };
}

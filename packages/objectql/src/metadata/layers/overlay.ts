import type { MetadataItem } from '../compiled.js';
import type { KeyPath, Locate } from '../source/types.js';
import type { Definition, Mapping } from './definition.js';

/** A definition while layers are laid over it. */
export interface Draft {
  /** The definition that the others change. */
  readonly base: Definition;
  /** The highest layer that contributed. */
  layer: string;
  value: Mapping;
  /** Which definition a part of `value` comes from, where it is not `base`. By {@link pathKey}. */
  readonly trace: Map<string, { readonly from: Definition; readonly path: KeyPath }>;
  /** Keys (`a.b.c`) that a higher layer set or removed, and where. */
  readonly origins: Map<string, OriginOf>;
}

type OriginOf = MetadataItem['origins'] extends ReadonlyMap<string, infer Origin> ? Origin : never;

/** How one definition changes another. */
export type OverlayRules =
  /** Mappings merge; rules and indexes are added, or replaced by name; other values are replaced. */
  | 'extend'
  /** Mappings merge; lists and other values are replaced; null removes a key. */
  | 'patch';

/** Lists whose entries an extension adds to instead of replacing the list. */
const NAMED_LISTS: ReadonlySet<string> = new Set(['validations', 'indexes']);

/** Starts a draft of a definition. */
export function createDraft(base: Definition): Draft {
  return { base, layer: base.layer, value: base.value, trace: new Map(), origins: new Map() };
}

/** Lays `changes`, which stand at the top of `from`, over the draft. */
export function overlay(
  draft: Draft,
  from: Definition,
  { changes, rules }: { readonly changes: Mapping; readonly rules: OverlayRules },
): void {
  draft.value = mergeMapping(draft.value, changes, { draft, from, rules, path: [] });
  draft.layer = from.layer;
}

/** Where a path into the draft's value was written, in whichever definition it comes from. */
export function locateIn({ base, trace }: Draft): Locate {
  return (path, part) => {
    for (let length = path.length; trace.size > 0 && length > 0; length -= 1) {
      const origin = trace.get(pathKey(path.slice(0, length)));
      if (origin !== undefined) {
        return origin.from.locate([...origin.path, ...path.slice(length)], part);
      }
    }
    return base.locate(path, part);
  };
}

interface Step {
  readonly draft: Draft;
  readonly from: Definition;
  readonly rules: OverlayRules;
  readonly path: KeyPath;
}

function mergeMapping(before: Mapping, changes: Mapping, step: Step): Mapping {
  const result: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    const path = [...step.path, key];
    const old = result[key];
    if (value === null && step.rules === 'patch') {
      delete result[key];
      note(step, { path, source: path, value });
    } else if (isMapping(old) && isMapping(value)) {
      result[key] = mergeMapping(old, value, { ...step, path });
    } else if (appends(step, path) && Array.isArray(old) && Array.isArray(value)) {
      result[key] = mergeNamedList(old as unknown[], value as unknown[], { ...step, path });
    } else {
      result[key] = value;
      note(step, { path, source: path, value });
    }
  }
  return result;
}

function appends({ rules }: Step, path: KeyPath): boolean {
  return rules === 'extend' && path.length === 1 && NAMED_LISTS.has(String(path[0]));
}

function mergeNamedList(before: readonly unknown[], added: readonly unknown[], step: Step) {
  const result = [...before];
  added.forEach((entry, index) => {
    const name = nameOf(entry);
    const same = name === undefined ? -1 : before.findIndex((one) => nameOf(one) === name);
    const at = same === -1 ? result.length : same;
    result[at] = entry;
    const source = [...step.path, index];
    note(step, { path: [...step.path, at], source, value: entry });
  });
  return result;
}

function nameOf(entry: unknown): string | undefined {
  const name = isMapping(entry) ? entry['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function note(
  { draft, from }: Step,
  entry: { readonly path: KeyPath; readonly source: KeyPath; readonly value: unknown },
): void {
  draft.trace.set(pathKey(entry.path), { from, path: entry.source });
  for (const leaf of leavesOf(entry.value)) {
    const position = from.locate([...entry.source, ...leaf], 'key');
    draft.origins.set([...entry.path, ...leaf].join('.'), { ...position, layer: from.layer });
  }
}

function leavesOf(value: unknown): KeyPath[] {
  if (!isMapping(value)) return [[]];
  return Object.entries(value).flatMap(([key, part]) =>
    leavesOf(part).map((leaf) => [key, ...leaf]),
  );
}

function pathKey(path: KeyPath): string {
  return JSON.stringify(path);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

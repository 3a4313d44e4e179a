import { suggest, type MetadataType } from '@objectos/spec/metadata';
import type { MetadataNotice, MetadataProblem, SourcePosition } from '../compiled.js';
import { formatPosition, lazyNotice, problem } from '../problems.js';
import type { KeyPath, Part } from '../source/types.js';
import type { Definition } from './definition.js';

/** A definition after the layers were laid over each other. */
export interface Merged {
  readonly type: MetadataType;
  readonly name: string;
  /** The highest layer that contributed. */
  readonly layer: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly position: SourcePosition;
  /** Keys (`a.b.c`) that a higher layer set, and where. */
  readonly origins: Map<string, SourcePosition & { readonly layer: string }>;
  readonly locate: (path: KeyPath, part?: Part) => SourcePosition;
}

/** What merging found. */
export interface Merge {
  readonly items: Map<MetadataType, Map<string, Merged>>;
  readonly problems: MetadataProblem[];
  readonly notices: MetadataNotice[];
}

/**
 * Lays the layers over each other, lowest first:
 * - an object is defined once; another layer adds to it with `extend:`, in the order of `priority`;
 * - any other definition of a higher layer replaces the lower one as a whole;
 * - the `runtime` layer changes single keys: mappings merge, lists are replaced, null removes a key.
 */
export function mergeDefinitions(definitions: readonly Definition[]): Merge {
  const merge: Merge = { items: new Map(), problems: [], notices: [] };
  for (const definition of definitions) if (!isExtension(definition)) add(merge, definition);
  const extensions = definitions.filter(isExtension);
  for (const extension of extensions.sort(byPriority)) extend(merge, extension);
  return merge;
}

function add(merge: Merge, definition: Definition): void {
  const { type, name, layer } = definition;
  const items = merge.items.get(type) ?? new Map<string, Merged>();
  merge.items.set(type, items);
  const known = items.get(name);
  if (known === undefined) items.set(name, { ...definition, origins: new Map() });
  else if (layer === 'runtime') items.set(name, overlay(known, definition, definition.value));
  else if (known.layer === layer || type === 'object') {
    const other = formatPosition(known.position);
    const position = definition.locate(['name'], 'value');
    merge.problems.push(problem('duplicate_definition', { type, name, other }, position));
  } else {
    const text = `The ${type} "${name}" of ${layer} replaces the one of ${known.layer}.`;
    merge.notices.push(lazyNotice('replaced', text, () => definition.position));
    items.set(name, { ...definition, origins: new Map() });
  }
}

function extend(merge: Merge, extension: Definition): void {
  const { extend: name, ...changes } = extension.value as { extend: string; priority?: number };
  delete changes.priority;
  const objects = merge.items.get('object');
  const known = objects?.get(name);
  if (objects === undefined || known === undefined) {
    const suggestion = suggest(name, objects?.keys() ?? []);
    const params = { owner: 'this', name, suggestion };
    const position = extension.locate(['extend'], 'value');
    merge.problems.push(problem('extend_unknown', params, position));
    return;
  }
  objects.set(name, overlay(known, extension, appendLists(known.value, changes)));
}

/** Rules and indexes of an extension are added to those of the object. */
function appendLists(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...changes };
  for (const key of ['validations', 'indexes']) {
    const [before, added] = [base[key], changes[key]];
    if (Array.isArray(before) && Array.isArray(added)) {
      result[key] = [...(before as unknown[]), ...(added as unknown[])];
    }
  }
  return result;
}

function overlay(
  known: Merged,
  over: Definition,
  changes: Readonly<Record<string, unknown>>,
): Merged {
  const origins = new Map(known.origins);
  for (const path of leafPaths(changes, [])) {
    origins.set(path.join('.'), { ...over.position, layer: over.layer });
  }
  return {
    ...known,
    layer: over.layer,
    value: deepMerge(known.value, changes),
    origins,
    locate: (path, part) =>
      hasPath(changes, path) && !hasPath(known.value, path)
        ? over.locate(path, part)
        : known.locate(path, part),
  };
}

function deepMerge(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = result[key];
    if (value === null) delete result[key];
    else result[key] = isMapping(before) && isMapping(value) ? deepMerge(before, value) : value;
  }
  return result;
}

function leafPaths(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (!isMapping(value)) return [path];
  return Object.entries(value).flatMap(([key, part]) => leafPaths(part, [...path, key]));
}

function hasPath(value: unknown, path: KeyPath): boolean {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !(step in current)) return false;
    current = (current as Record<string | number, unknown>)[step];
  }
  return true;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isExtension(definition: Definition): boolean {
  return definition.type === 'object' && 'extend' in definition.value;
}

function byPriority(left: Definition, right: Definition): number {
  return priorityOf(left) - priorityOf(right);
}

function priorityOf(definition: Definition): number {
  return (definition.value['priority'] as number | undefined) ?? 100;
}

import { objectExtensionSchema, suggest, type MetadataType } from '@objectos/spec/metadata';
import type { MetadataItem, MetadataNotice, MetadataProblem, SourcePosition } from '../compiled.js';
import { formatPosition, lazyNotice, problem } from '../problems.js';
import type { Locate } from '../source/types.js';
import {
  checkBySchema,
  readLayer,
  type Definition,
  type Layer,
  type Mapping,
} from './definition.js';
import { loosenedBy } from './foreign-extension.js';
import { createDraft, locateIn, overlay, type Draft } from './overlay.js';

/** A valid definition after the layers were laid over each other. */
export interface Merged {
  readonly type: MetadataType;
  readonly name: string;
  /** The highest layer that contributed. */
  readonly layer: string;
  /** The layer that defined it first. */
  readonly home: string;
  readonly value: Mapping;
  readonly position: SourcePosition;
  readonly origins: MetadataItem['origins'];
  readonly locate: Locate;
}

/** Valid definitions by type and name. */
export type MergedItems = ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>;

/** What merging found. */
export interface Merge {
  readonly items: MergedItems;
  /** Names of definitions that were written and are not valid, by type. */
  readonly broken: ReadonlyMap<MetadataType, ReadonlySet<string>>;
  readonly problems: MetadataProblem[];
  readonly notices: MetadataNotice[];
}

/**
 * Lays the layers over each other (`system`, plugins, `app`, `runtime`) and checks each result by
 * the schema of its type:
 * - an object is defined once; the same layer or a higher one adds to it with `extend:`, within a
 *   layer in the order of `priority`; a plugin may loosen no security of another one's object;
 * - any other definition of a higher layer replaces the lower one as a whole, with a notice; two
 *   plugins may not define the same one;
 * - the `runtime` layer changes single keys: mappings merge, lists are replaced, null removes a key.
 */
export function mergeLayers(layers: readonly Layer[]): Merge {
  const merging: Merging = { drafts: new Map(), broken: new Map(), problems: [], notices: [] };
  for (const layer of layers.toSorted((left, right) => rankOf(left.name) - rankOf(right.name))) {
    addLayer(merging, layer);
  }
  const { broken, problems, notices } = merging;
  return { items: finish(merging), broken, problems, notices };
}

const extensionHead = objectExtensionSchema.pick({ extend: true, priority: true });

interface Merging {
  readonly drafts: Map<MetadataType, Map<string, Draft>>;
  readonly broken: Map<MetadataType, Set<string>>;
  readonly problems: MetadataProblem[];
  readonly notices: MetadataNotice[];
}

function rankOf(layer: string): number {
  if (layer === 'system') return 0;
  if (isPlugin(layer)) return 1;
  return layer === 'runtime' ? 3 : 2;
}

const PLUGIN = 'plugin:';

function isPlugin(layer: string): boolean {
  return layer.startsWith(PLUGIN);
}

function addLayer(merging: Merging, layer: Layer): void {
  for (const { problems, failed } of layer.sources) {
    merging.problems.push(...problems);
    if (failed !== undefined) markBroken(merging, failed.type, failed.name);
  }
  const definitions = readLayer(layer);
  for (const definition of definitions) {
    merging.notices.push(...definition.notices);
    if (!isExtension(definition)) add(merging, definition);
  }
  const extensions = definitions.filter(isExtension);
  extensions.sort((left, right) => priorityOf(left) - priorityOf(right));
  for (const extension of extensions) extend(merging, extension);
}

function add(merging: Merging, definition: Definition): void {
  const { type, name, layer } = definition;
  const drafts = merging.drafts.get(type) ?? new Map<string, Draft>();
  merging.drafts.set(type, drafts);
  const known = drafts.get(name);
  if (known === undefined) {
    drafts.set(name, createDraft(definition));
    return;
  }
  const lower = known.base.layer;
  if (layer === 'runtime' && known.layer !== 'runtime') {
    const changes = Object.entries(definition.value).filter(([key]) => key !== 'name');
    overlay(known, definition, { changes: Object.fromEntries(changes), rules: 'patch' });
  } else if (type === 'object' || known.layer === layer || (isPlugin(lower) && isPlugin(layer))) {
    const other = formatPosition(known.base.position);
    const position = definition.locate(['name'], 'value');
    merging.problems.push(problem('duplicate_definition', { type, name, other }, position));
  } else {
    const text = `The ${type} "${name}" of ${layer} replaces the one of ${lower}.`;
    merging.notices.push(lazyNotice('replaced', text, () => definition.position));
    drafts.set(name, createDraft(definition));
  }
}

function extend(merging: Merging, extension: Definition): void {
  const { extend: target, priority, name: renamed, ...changes } = extension.value;
  merging.problems.push(...checkHead(extension, { extend: target, priority, name: renamed }));
  if (typeof target !== 'string') return;
  const name = target;
  const objects = merging.drafts.get('object');
  const known = objects?.get(name);
  if (known !== undefined) {
    const loosened = loosens(known, extension, changes);
    merging.problems.push(...loosened);
    if (loosened.length === 0) overlay(known, extension, { changes, rules: 'extend' });
  } else if (merging.broken.get('object')?.has(name) !== true) {
    const params = { name, suggestion: suggest(name, objects?.keys() ?? []) };
    const position = extension.locate(['extend'], 'value');
    merging.problems.push(problem('extend_unknown', params, position));
  }
}

/** What a plugin's extension may not do to an object that is not its own; the application may. */
function loosens(draft: Draft, { layer, locate }: Definition, changes: Mapping): MetadataProblem[] {
  const owner = draft.base.layer;
  if (!isPlugin(layer) || layer === owner) return [];
  const isOwn = (field: string) => draft.origins.get(`fields.${field}.type`)?.layer === layer;
  const by = layer.slice(PLUGIN.length);
  return loosenedBy(draft.value, changes, isOwn).map(({ path, from, to }) => {
    const what = path.join('.');
    const params = { by, object: draft.base.name, owner, what, from, to };
    return problem('extension_loosens', params, locate(path, 'value'));
  });
}

/** The keys of an extension that are gone after merging; all others are checked with the result. */
function checkHead({ type, locate }: Definition, keys: Mapping): readonly MetadataProblem[] {
  const value = Object.fromEntries(Object.entries(keys).filter(([, one]) => one !== undefined));
  if (extensionHead.safeParse(value).success) return [];
  const checked = checkBySchema({ type, name: 'extend' }, value, locate);
  return checked.ok ? [] : checked.problems;
}

function finish(merging: Merging): MergedItems {
  const items = new Map<MetadataType, Map<string, Merged>>();
  for (const [type, drafts] of merging.drafts) {
    const valid = new Map<string, Merged>();
    for (const [name, draft] of drafts) {
      const merged = finishDraft(merging, draft);
      if (merged === undefined) markBroken(merging, type, name);
      else valid.set(name, merged);
    }
    items.set(type, valid);
  }
  return items;
}

function finishDraft({ problems }: Merging, draft: Draft): Merged | undefined {
  const { base, layer, origins } = draft;
  const locate = locateIn(draft);
  const alone = base.check();
  // What is wrong without the changes is told without them.
  const isChanged = alone.ok && draft.value !== base.value;
  const checked = isChanged ? checkBySchema(base, draft.value, locate) : alone;
  if (!checked.ok) {
    problems.push(...checked.problems);
    return undefined;
  }
  const { type, name, position } = base;
  return { type, name, layer, home: base.layer, value: checked.value, position, origins, locate };
}

function markBroken({ broken }: Merging, type: MetadataType, name: string): void {
  const names = broken.get(type) ?? new Set<string>();
  broken.set(type, names.add(name));
}

function isExtension({ type, value }: Definition): boolean {
  return type === 'object' && 'extend' in value;
}

function priorityOf({ value }: Definition): number {
  return typeof value['priority'] === 'number' ? value['priority'] : 100;
}

import {
  formats,
  type MetadataType,
  type ValidationDefinition,
  type ValidationFileDefinition,
} from '@objectos/spec/metadata';
import { checkMasterDetailCycles } from './check/cycles.js';
import { checkObject, type PlacedRule } from './check/object.js';
import { checkPages } from './check/pages.js';
import { isInactive, isSealed } from './compile/fields.js';
import { contentHash } from './compile/hash.js';
import { compileObject, linkObjects } from './compile/object.js';
import type {
  MetadataItem,
  MetadataNotice,
  MetadataProblem,
  MetadataSnapshot,
  ObjectMeta,
} from './compiled.js';
import { readDefinitions, type Layer } from './layers/definition.js';
import { mergeDefinitions, type Merged } from './layers/merge.js';
import { compareText, lazyNotice, problem } from './problems.js';

/** What {@link buildSnapshot} should know beside the files. */
export interface SnapshotOptions {
  /** Ids of the plugins that run; metadata for another one is accepted with a notice. */
  readonly activePlugins?: ReadonlySet<string> | undefined;
}

/** A snapshot, or everything that is wrong. */
export interface BuiltSnapshot {
  /** Absent when there are problems. */
  readonly snapshot?: MetadataSnapshot;
  readonly problems: readonly MetadataProblem[];
  readonly notices: readonly MetadataNotice[];
}

/** The metadata before anything is loaded. */
export const emptySnapshot: MetadataSnapshot = {
  version: 'empty',
  objects: new Map(),
  items: new Map(),
  notices: [],
};

/**
 * Builds the effective metadata of layers: reads, merges, checks and compiles them. Pure; collects
 * all problems instead of stopping at the first.
 */
export function buildSnapshot(
  layers: readonly Layer[],
  options: SnapshotOptions = {},
): BuiltSnapshot {
  const reading = readDefinitions(layers);
  const {
    items,
    problems: mergeProblems,
    notices: mergeNotices,
  } = mergeDefinitions(reading.definitions);
  const problems = [...reading.problems, ...mergeProblems];
  const objectItems = items.get('object') ?? new Map<string, Merged>();
  const rules = placeRules(items.get('validation'), objectItems, problems);
  const objects = compileObjects(objectItems, rules);
  const names = new Set(objectItems.keys());
  // A definition that did not parse would make everything that names it look wrong as well.
  if (problems.length === 0) {
    for (const meta of objects.values()) {
      const item = objectItems.get(meta.name);
      if (item === undefined) continue;
      const own = rulesOf(item, rules.get(meta.name) ?? [], problems);
      checkObject({ meta, item, rules: own, objects: names, problems });
    }
    problems.push(...checkMasterDetailCycles(objects, objectItems), ...checkPages(items, objects));
  }
  const notices = [...reading.notices, ...mergeNotices, ...inactive(items, objects, options)];
  if (problems.length > 0) return { problems, notices };
  return {
    problems,
    notices,
    snapshot: { version: versionOf(items), objects, items: freezeItems(items), notices },
  };
}

function compileObjects(
  items: ReadonlyMap<string, Merged>,
  rules: ReadonlyMap<string, readonly PlacedRule[]>,
): Map<string, ObjectMeta> {
  const scope = {
    objects: new Set(items.keys()),
    rules: new Map([...rules].map(([object, placed]) => [object, placed.map((one) => one.rule)])),
  };
  return linkObjects([...items.values()].map((item) => compileObject(item, scope)));
}

/** Rules of `*.validation.yml` files, by the object they belong to. */
function placeRules(
  files: ReadonlyMap<string, Merged> | undefined,
  objects: ReadonlyMap<string, Merged>,
  problems: MetadataProblem[],
): Map<string, PlacedRule[]> {
  const placed = new Map<string, PlacedRule[]>();
  for (const item of files?.values() ?? []) {
    const { object, ...rule } = item.value as unknown as ValidationFileDefinition;
    if (!objects.has(object)) {
      const params = { owner: `Rule "${item.name}"`, name: object };
      problems.push(problem('reference_unknown', params, item.locate(['object'], 'value')));
      continue;
    }
    const list = placed.get(object) ?? [];
    list.push({
      rule: rule,
      locate: (path, part) => item.locate(path, part),
    });
    placed.set(object, list);
  }
  return placed;
}

/** All rules of an object with their places; a name that occurs twice is a problem. */
function rulesOf(
  item: Merged,
  fromFiles: readonly PlacedRule[],
  problems: MetadataProblem[],
): PlacedRule[] {
  const inFile = (item.value['validations'] as readonly ValidationDefinition[] | undefined) ?? [];
  const all: PlacedRule[] = [
    ...inFile.map((rule, at) => ({
      rule,
      locate: (...[path, part]: Parameters<PlacedRule['locate']>) =>
        item.locate(['validations', at, ...path], part),
    })),
    ...fromFiles,
  ];
  const seen = new Map<string, PlacedRule>();
  for (const placed of all) {
    const { name } = placed.rule;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, placed);
    else {
      const { file, line } = first.locate(['name']);
      const params = { object: item.name, name, other: `${file}:${line}` };
      problems.push(problem('duplicate_rule', params, placed.locate(['name'], 'value')));
    }
  }
  return all;
}

/** What is accepted although nothing acts on it yet: visible, never silent. */
function inactive(
  items: ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>,
  objects: ReadonlyMap<string, ObjectMeta>,
  { activePlugins }: SnapshotOptions,
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

function isOfPlugin(
  items: ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>,
  object: string,
): boolean {
  return items.get('object')?.get(object)?.layer.startsWith('plugin:') === true;
}

/** Equal metadata has an equal version, whatever the order of its files. */
function versionOf(items: ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>): string {
  const parts = [...items].flatMap(([type, named]) =>
    [...named.values()].map((item) => `${type} ${item.name} ${JSON.stringify(item.value)}`),
  );
  return contentHash(parts.sort(compareText).join('\n'));
}

function freezeItems(
  items: ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>,
): MetadataSnapshot['items'] {
  const frozen = new Map<MetadataType, ReadonlyMap<string, MetadataItem>>();
  for (const [type, named] of items) {
    frozen.set(
      type,
      new Map(
        [...named].map(([name, { value, layer, position, origins }]) => [
          name,
          { type, name, value, layer, position, origins },
        ]),
      ),
    );
  }
  return frozen;
}

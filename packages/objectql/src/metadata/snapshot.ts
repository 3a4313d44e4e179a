import type { RecordLanguages } from '@objectos/spec/contracts';
import type { MetadataType } from '@objectos/spec/metadata';
import type { MetadataCheck } from './check/contributed.js';
import { checkCycles } from './check/cycles.js';
import { inactiveNotices } from './check/inactive.js';
import { checkObject } from './check/object.js';
import { checkPages } from './check/pages.js';
import { checkMemberships } from './check/membership.js';
import { checkRelations } from './check/relations.js';
import { checkRenames } from './check/renames.js';
import { placeRules, rulesOf, type PlacedRule } from './check/rules.js';
import { contentHash } from './compile/hash.js';
import { compileObject } from './compile/object.js';
import { linkObjectsOf } from './compile/link-objects.js';
import { linkObjects } from './compile/relations.js';
import type {
  MetadataItem,
  MetadataNotice,
  MetadataProblem,
  MetadataSnapshot,
  ObjectMeta,
} from './compiled.js';
import { linkComputed } from './computed/link.js';
import type { Layer } from './layers/definition.js';
import { mergeLayers, type Merge, type Merged, type MergedItems } from './layers/merge.js';
import { compareText } from './problems.js';

/** What {@link buildSnapshot} should know beside the files. */
export interface SnapshotOptions {
  /** Ids of the plugins that run; metadata for another one is accepted with a notice. */
  readonly activePlugins?: ReadonlySet<string> | undefined;
  /** The languages that records are kept in. */
  readonly languages?: RecordLanguages | undefined;
  /** Checks of plugins. They run when nothing else is wrong, so they see whole metadata only. */
  readonly checks?: readonly MetadataCheck[] | undefined;
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
  const merge = mergeLayers(layers);
  const items = withLinkObjects(merge.items);
  const problems = [...merge.problems];
  const rules = placeRules(merge, problems);
  const objectItems = items.get('object') ?? new Map<string, Merged>();
  const objects = linkComputed({
    objects: compileObjects(objectItems, rules, options.languages),
    items: objectItems,
    incomplete: (merge.broken.get('object')?.size ?? 0) > 0,
    problems,
  });
  check({ merge, objects, rules, problems });
  if (problems.length === 0) {
    for (const contributed of options.checks ?? [])
      problems.push(...contributed({ items, objects }));
  }
  const notices = [...merge.notices, ...inactiveNotices(items, objects, options.activePlugins)];
  if (problems.length > 0) return { problems, notices };
  const isTranslated = [...objects.values()].some((meta) => meta.translated.length > 0);
  return {
    problems,
    notices,
    snapshot: {
      version: versionOf(items, isTranslated ? options.languages : undefined),
      objects,
      items: freezeItems(items),
      notices,
      languages: options.languages,
    },
  };
}

interface Built {
  readonly merge: Merge;
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly rules: ReadonlyMap<string, readonly PlacedRule[]>;
  readonly problems: MetadataProblem[];
}

/**
 * Checks what is valid by itself against everything else. A definition that is not valid is known
 * by name, so that what refers to it does not look wrong as well.
 */
function check({ merge, objects, rules, problems }: Built): void {
  const items = merge.items.get('object') ?? new Map<string, Merged>();
  const broken = merge.broken.get('object') ?? new Set<string>();
  const names = new Set([...items.keys(), ...broken]);
  for (const item of items.values()) {
    const meta = objects.get(item.name);
    if (meta === undefined) continue;
    const own = rulesOf(item, rules.get(item.name) ?? [], problems);
    checkObject({ meta, item, rules: own, objects: names, problems });
  }
  checkRelations({ objects, items, names, problems });
  checkMemberships({ objects, items, names, problems });
  problems.push(
    ...checkCycles(objects, items),
    ...checkRenames(objects, items),
    ...checkPages(merge, objects),
  );
}

function compileObjects(
  items: ReadonlyMap<string, Merged>,
  rules: ReadonlyMap<string, readonly PlacedRule[]>,
  languages: RecordLanguages | undefined,
): Map<string, ObjectMeta> {
  const scope = {
    languages,
    objects: new Set(items.keys()),
    rules: new Map([...rules].map(([object, placed]) => [object, placed.map((one) => one.rule)])),
  };
  return linkObjects([...items.values()].map((item) => compileObject(item, scope)));
}

function withLinkObjects(items: MergedItems): MergedItems {
  const objects = items.get('object');
  const made = objects === undefined ? undefined : linkObjectsOf(objects);
  if (objects === undefined || made === undefined || made.size === 0) return items;
  return new Map([...items, ['object', new Map([...objects, ...made])]]);
}

/** Equal metadata has an equal version, whatever the order of its files. */
function versionOf(items: MergedItems, languages: RecordLanguages | undefined): string {
  const parts = [...items].flatMap(([type, named]) =>
    [...named.values()].map((item) => `${type} ${item.name} ${JSON.stringify(item.value)}`),
  );
  if (languages !== undefined) {
    parts.push(`languages ${JSON.stringify([languages.default, ...languages.chains])}`);
  }
  return contentHash(parts.sort(compareText).join('\n'));
}

function freezeItems(items: MergedItems): MetadataSnapshot['items'] {
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

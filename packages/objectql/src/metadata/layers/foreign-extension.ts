import { objectSchema } from '@objectos/spec/metadata';
import type { KeyPath } from '../source/types.js';
import type { Mapping } from './definition.js';

/** A key of an extension that would loosen what the object's own author decided. */
export interface Loosened {
  readonly path: KeyPath;
  readonly from: string;
  readonly to: string;
}

/** What each sharing model may become without anybody seeing or changing more than before. */
const NARROWER_MODELS: ReadonlyMap<unknown, readonly unknown[]> = new Map([
  ['public_read_write', ['public_read', 'private', 'controlled_by_parent']],
  ['public_read', ['private']],
  ['private', []],
  ['controlled_by_parent', []],
]);

/** Keys that say how an object looks. */
const FREE_KEYS: ReadonlySet<string> = new Set([
  ...['label', 'pluralLabel', 'description', 'icon', 'nameField', 'titleFormat', 'compactLayout'],
]);

/** Keys that are looked into. Any other one, also one that comes later, is its author's alone. */
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  ...['sharingModel', 'enable', 'fields', 'validations', 'indexes'],
]);

/** Keys of `enable` that a foreign extension may turn only this way. */
const ENABLE_ONLY: ReadonlyMap<string, boolean> = new Map([
  ['apiEnabled', false],
  ['trash', true],
  ['trackHistory', true],
]);

/** Keys of a field that a foreign extension may turn only this way; the value they have by default. */
const FIELD_ONLY: ReadonlyMap<string, { readonly to: boolean; readonly byDefault: boolean }> =
  new Map([
    ['encrypted', { to: true, byDefault: false }],
    ['readonly', { to: true, byDefault: false }],
    ['required', { to: true, byDefault: false }],
    ['unique', { to: true, byDefault: false }],
    ['reparentable', { to: false, byDefault: true }],
  ]);

/** Keys of a field that say what is stored, computed, reached or destroyed: its author's alone. */
const FIELD_FIXED: readonly string[] = [
  'type',
  'reference',
  'through',
  'deleteBehavior',
  'expression',
  'summaryOperations',
  'fileAttachmentConfig',
  'renamedFrom',
];

/**
 * What `changes` would loosen of an object that belongs to another author: who sees its records,
 * what the API offers, what is kept, and which of its values are secret, checked or written by
 * whom. New fields, rules and indexes are free. The values are not checked by a schema yet, so
 * whatever can't be shown to be as narrow as before counts as looser.
 *
 * @param isOwn whether the extension's author also added that field
 */
export function loosenedBy(
  before: Mapping,
  changes: Mapping,
  isOwn: (field: string) => boolean,
): Loosened[] {
  return [
    ...others(before, changes),
    ...model(before, changes),
    ...enabled(mapping(before['enable']), mapping(changes['enable'])),
    ...fields(mapping(before['fields']), mapping(changes['fields']), isOwn),
    ...replaced('validations', before, changes),
    ...replaced('indexes', before, changes),
  ];
}

function others(before: Mapping, changes: Mapping): Loosened[] {
  return (
    Object.keys(changes)
      .filter((key) => !FREE_KEYS.has(key) && !KNOWN_KEYS.has(key))
      // What no object has is told by the schema, which knows what was meant.
      .filter((key) => Object.hasOwn(objectSchema.shape, key))
      .filter((key) => !isSame(before[key], changes[key]))
      .map((key) => loosened([key], before[key] ?? 'unset', changes[key]))
  );
}

function model(before: Mapping, changes: Mapping): Loosened[] {
  if (!('sharingModel' in changes)) return [];
  const from = before['sharingModel'] ?? 'private';
  const to = changes['sharingModel'];
  if (to === from || NARROWER_MODELS.get(from)?.includes(to) === true) return [];
  return [loosened(['sharingModel'], from, to)];
}

function enabled(before: Mapping, changes: Mapping): Loosened[] {
  const found: Loosened[] = [];
  for (const [key, only] of ENABLE_ONLY) {
    const from = before[key] ?? true;
    if (key in changes && changes[key] !== only && changes[key] !== from) {
      found.push(loosened(['enable', key], from, changes[key]));
    }
  }
  if ('apiMethods' in changes) {
    const from = before['apiMethods'];
    const to = changes['apiMethods'];
    const isNarrower =
      Array.isArray(to) && (!Array.isArray(from) || to.every((method) => from.includes(method)));
    if (!isNarrower) found.push(loosened(['enable', 'apiMethods'], from ?? 'all', to));
  }
  return found;
}

function fields(before: Mapping, changes: Mapping, isOwn: (field: string) => boolean): Loosened[] {
  return Object.entries(changes).flatMap(([name, change]) => {
    if (!Object.hasOwn(before, name) || isOwn(name)) return [];
    return field(name, mapping(before[name]), mapping(change));
  });
}

function field(name: string, before: Mapping, changes: Mapping): Loosened[] {
  const found: Loosened[] = [];
  for (const [key, { to, byDefault }] of FIELD_ONLY) {
    const from = before[key] ?? byDefault;
    if (key in changes && changes[key] !== to && changes[key] !== from) {
      found.push(loosened(['fields', name, key], from, changes[key]));
    }
  }
  for (const key of FIELD_FIXED) {
    if (key in changes && !isSame(before[key], changes[key])) {
      found.push(loosened(['fields', name, key], before[key] ?? 'unset', changes[key]));
    }
  }
  return found;
}

/** A rule or index that is there is its author's; an extension adds its own beside it. */
function replaced(key: 'validations' | 'indexes', before: Mapping, changes: Mapping): Loosened[] {
  const known = list(before[key]);
  return list(changes[key]).flatMap((entry, index) => {
    const { name } = mapping(entry);
    const same = known.find((one) => name !== undefined && mapping(one)['name'] === name);
    if (same === undefined || isSame(same, entry)) return [];
    return [loosened([key, index], name, 'another definition')];
  });
}

function loosened(path: KeyPath, from: unknown, to: unknown): Loosened {
  return { path, from: text(from), to: text(to) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

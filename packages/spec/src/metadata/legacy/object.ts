import { API_METHODS, objectExtensionSchema, objectSchema } from '../object.js';
import {
  camelise,
  eachItem,
  eachValue,
  get,
  isMapping,
  mapping,
  nest,
  notice,
  placeOf,
  put,
  renameAll,
  set,
  within,
  type Draft,
  move,
} from './draft.js';
import { rewriteField } from './field.js';
import { rewriteValidation } from './validation.js';

const KEY_ALIASES: Readonly<Record<string, string>> = {
  displayNameField: 'nameField',
  display_name_field: 'nameField',
};

const SHARING_ALIASES: Readonly<Record<string, string>> = {
  read: 'public_read',
  public_read_only: 'public_read',
  read_write: 'public_read_write',
};

/** API methods of ObjectStack that have no endpoint here: an allow-list may name them. */
const ABSENT_METHODS: ReadonlySet<unknown> = new Set([
  'upsert',
  'aggregate',
  'history',
  'search',
  'purge',
  'import',
  'export',
]);

const knownKeys: ReadonlySet<string> = new Set([
  ...Object.keys(objectSchema.shape),
  ...Object.keys(objectExtensionSchema.shape),
]);
const enableKeys: ReadonlySet<string> = new Set(['apiEnabled', 'apiMethods', 'trackHistory']);

/** An object or an extension of one. */
export const rewriteObject = mapping((draft) => {
  renameAll(draft, KEY_ALIASES);
  camelise(draft, knownKeys);
  changeSoftDelete(draft);
  changeSharing(draft);
  listToMap(draft, 'fields');
  eachValue(draft, 'fields', rewriteField);
  mapToList(draft, 'indexes');
  changeOldValidation(draft);
  eachItem(draft, 'validations', rewriteValidation);
  within(draft, 'enable', changeEnable);
});

function changeSoftDelete(draft: Draft): void {
  const value = get(draft, 'softDelete') ?? get(draft, 'soft_delete');
  const key = draft.entries.has('softDelete') ? 'softDelete' : 'soft_delete';
  const enabled =
    isMapping(value) && Object.keys(value).join() === 'enabled' ? value['enabled'] : value;
  if (typeof enabled !== 'boolean') return;
  set(draft, key, enabled);
  nest(draft, key, ['enable', 'trash']);
}

function changeSharing(draft: Draft): void {
  const model = get(draft, 'sharingModel');
  if (typeof model !== 'string' || !Object.hasOwn(SHARING_ALIASES, model)) return;
  const to = SHARING_ALIASES[model];
  const { written } = placeOf(draft, 'sharingModel');
  notice(draft, written, `The sharing model "${model}" is an old spelling of "${String(to)}".`);
  set(draft, 'sharingModel', to);
}

/** `fields: [{ name: title, type: text }]` */
function listToMap(draft: Draft, key: string): void {
  const list = get(draft, key);
  if (!Array.isArray(list)) return;
  const place = placeOf(draft, key);
  const pairs: [string, unknown][] = [];
  for (const [index, item] of list.entries()) {
    const name: unknown = isMapping(item) ? item['name'] : undefined;
    if (typeof name !== 'string' || pairs.some(([other]) => other === name)) return;
    pairs.push([name, item]);
    move(draft.journal, [...place.now, name], [...place.written, index]);
  }
  notice(draft, place.written, `"${key}" as a list is an old form; write a mapping by name.`);
  set(draft, key, Object.fromEntries(pairs));
}

/** `indexes: { by_status: { fields: [status] } }` */
function mapToList(draft: Draft, key: string): void {
  const map = get(draft, key);
  if (!isMapping(map)) return;
  const place = placeOf(draft, key);
  const list = Object.entries(map).map(([name, item], index) => {
    move(draft.journal, [...place.now, index], [...place.written, name]);
    if (Array.isArray(item)) {
      move(draft.journal, [...place.now, index, 'fields'], [...place.written, name]);
      return { name, fields: item };
    }
    return isMapping(item) ? { name, ...item } : item;
  });
  notice(draft, place.written, `"${key}" as a mapping is an old form; write a list.`);
  set(draft, key, list);
}

/** `validation: { rules: [...] }` */
function changeOldValidation(draft: Draft): void {
  const entry = draft.entries.get('validation');
  if (entry === undefined || draft.entries.has('validations') || !isMapping(entry.value)) return;
  if (Object.keys(entry.value).join() !== 'rules') return;
  draft.entries.delete('validation');
  put(draft, 'validations', { value: entry.value['rules'], written: [...entry.written, 'rules'] });
  notice(draft, entry.written, '"validation.rules" is an old spelling of "validations".');
}

function changeEnable(draft: Draft): void {
  camelise(draft, enableKeys);
  const methods = get(draft, 'apiMethods');
  if (!Array.isArray(methods)) return;
  const place = placeOf(draft, 'apiMethods');
  const kept: unknown[] = [];
  for (const [index, method] of methods.entries() as IterableIterator<[number, unknown]>) {
    if (ABSENT_METHODS.has(method)) {
      const message = `There is no API method "${String(method)}" yet; allowed are ${API_METHODS.join(', ')}.`;
      notice(draft, [...place.written, index], message);
      continue;
    }
    if (kept.length !== index) {
      move(draft.journal, [...place.now, kept.length], [...place.written, index]);
    }
    kept.push(method);
  }
  set(draft, 'apiMethods', kept);
}

import {
  eachItem,
  eachValue,
  get,
  isMapping,
  mapping,
  notice,
  placeOf,
  put,
  set,
  within,
  type Draft,
  move,
} from './draft.js';

/** The views of an object. */
export const rewriteView = mapping((draft) => {
  takeObject(draft);
  within(draft, 'list', changeList);
  eachValue(draft, 'listViews', mapping(changeList));
  within(draft, 'form', changeForm);
  eachValue(draft, 'formViews', mapping(changeForm));
});

/** ObjectStack writes the number of columns as a text. */
function changeForm(draft: Draft): void {
  eachItem(
    draft,
    'sections',
    mapping((section) => {
      const columns = get(section, 'columns');
      if (typeof columns !== 'string' || !/^[1-4]$/.test(columns)) return;
      notice(
        section,
        placeOf(section, 'columns').written,
        '"columns" is a number, without quotes.',
      );
      set(section, 'columns', Number(columns));
    }),
  );
}

/** ObjectStack says the object in each list: `list: { data: { provider: object, object: account } }`. */
function takeObject(draft: Draft): void {
  const list = get(draft, 'list');
  const data = isMapping(list) ? list['data'] : undefined;
  if (!isMapping(data) || data['provider'] !== 'object' || draft.entries.has('object')) return;
  const written = [...placeOf(draft, 'list').written, 'data', 'object'];
  put(draft, 'object', { value: data['object'], written });
  notice(draft, written, '"list.data.object" is an old spelling of "object".');
  within(draft, 'list', (inner) => inner.entries.delete('data'));
}

/** `sort: "-created_at,name"`, `sort: "name desc"` */
function changeList(draft: Draft): void {
  const sort = get(draft, 'sort');
  if (typeof sort !== 'string') return;
  const { now, written } = placeOf(draft, 'sort');
  for (const index of sort.split(',').keys()) move(draft.journal, [...now, index], written);
  notice(draft, written, '"sort" as a text is an old form; write a list of { field, order }.');
  set(draft, 'sort', sort.split(',').map(sortKey));
}

function sortKey(text: string): { field: string; order: string } {
  const [name = '', direction = 'asc'] = text.trim().split(/\s+/);
  return name.startsWith('-')
    ? { field: name.slice(1), order: 'desc' }
    : { field: name, order: direction.toLowerCase() };
}

const LOCALE = /^[a-z]{2,3}(?:[-_][A-Za-z]{2,4}){0,2}$/;

/** Translations: `de: { objects: … }` without `locales` around it. */
export const rewriteTranslation = mapping((draft) => {
  if (draft.entries.has('locales')) return;
  const pairs: [string, unknown][] = [];
  for (const [key, entry] of [...draft.entries]) {
    if (key === 'name' || !LOCALE.test(key) || !isMapping(entry.value)) continue;
    draft.entries.delete(key);
    const locale = key.replaceAll('_', '-');
    pairs.push([locale, entry.value]);
    move(draft.journal, [...draft.place.now, 'locales', locale], entry.written);
  }
  if (pairs.length > 0)
    put(draft, 'locales', { value: Object.fromEntries(pairs), written: draft.place.written });
});

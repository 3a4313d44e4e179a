import { createError } from '@objectos/spec/errors';
import type { MetadataItem } from '@objectql/core';
import { defaultFormView, defaultListView } from './default-views.js';
import { requireVisible, type MetadataReader, type VisibleObject } from './visibility.js';

/** The two kinds of views. */
export type ViewKind = 'list' | 'form';

type View = Readonly<Record<string, unknown>>;

/** Reads a kind from a path or parameter; `list` when nothing is said. @throws `invalid_parameter` */
export function readViewKind(text: string | undefined): ViewKind {
  if (text === undefined || text === 'list') return 'list';
  if (text === 'form') return 'form';
  throw createError('invalid_parameter', { parameter: 'type', reason: 'it is list or form' });
}

/** The list or form that opens first: the declared one, else one made from the fields. */
export function openingView(reader: MetadataReader, object: string, kind: ViewKind): View {
  const visible = requireVisible(reader, object);
  for (const { value } of viewsOf(reader, object)) {
    const declared = value[kind];
    if (isView(declared)) return shown(declared, visible, kind);
  }
  const { meta, readable } = visible;
  return kind === 'list' ? defaultListView(meta, readable) : defaultFormView(meta, readable);
}

/**
 * A view of an object by name: `list`, `form`, one of its `listViews` or `formViews`.
 *
 * @throws `object_not_found`, `metadata_not_found`
 */
export function namedView(reader: MetadataReader, object: string, name: string): View {
  if (name === 'list' || name === 'form') return openingView(reader, object, name);
  const visible = requireVisible(reader, object);
  for (const { value } of viewsOf(reader, object)) {
    const list = member(value['listViews'], name);
    if (list !== undefined) return shown(list, visible, name);
    const form = member(value['formViews'], name);
    if (form !== undefined) return shown(form, visible, name);
  }
  throw createError('metadata_not_found', { type: 'view', name: name.slice(0, 64) });
}

/** A whole view definition as this reader may know it. */
export function describeView(reader: MetadataReader, value: View): View {
  const { object } = value;
  if (typeof object !== 'string') return value;
  const visible = requireVisible(reader, object);
  if (!isRestricted(visible)) return value;
  return {
    name: value['name'],
    label: value['label'],
    object,
    ...(isView(value['list']) ? { list: restrict(value['list'], visible.readable) } : {}),
    ...(isView(value['form']) ? { form: restrict(value['form'], visible.readable) } : {}),
    listViews: restrictAll(value['listViews'], visible.readable),
    formViews: restrictAll(value['formViews'], visible.readable),
  };
}

function viewsOf(reader: MetadataReader, object: string): MetadataItem[] {
  return reader.items('view').filter((item) => item.value['object'] === object);
}

function shown(view: View, visible: VisibleObject, name: string): View {
  const data = { provider: 'object', object: visible.meta.name };
  const part = isRestricted(visible) ? restrict(view, visible.readable) : view;
  return { name, data, ...part };
}

function isRestricted({ meta, readable }: VisibleObject): boolean {
  return meta.visible.some((name) => !readable.has(name));
}

/** Keeps of a view what cannot name a hidden field: filters, calendars and the like may. */
function restrict(view: View, readable: ReadonlySet<string>): View {
  const { label, type, columns, sections, pagination, selection, navigation } = view;
  return {
    label,
    type,
    pagination,
    selection,
    navigation,
    columns: readableOnly(columns, readable),
    sections: isList(sections)
      ? sections.filter(isView).map((section) => ({
          label: section['label'],
          columns: section['columns'],
          fields: readableOnly(section['fields'], readable),
        }))
      : undefined,
  };
}

function restrictAll(views: unknown, readable: ReadonlySet<string>): View | undefined {
  if (!isView(views)) return undefined;
  const entries = Object.entries(views).filter((entry): entry is [string, View] =>
    isView(entry[1]),
  );
  return Object.fromEntries(entries.map(([name, view]) => [name, restrict(view, readable)]));
}

function readableOnly(
  fields: unknown,
  readable: ReadonlySet<string>,
): readonly unknown[] | undefined {
  if (!isList(fields)) return undefined;
  return fields.filter((entry) => {
    const path = isView(entry) ? entry['field'] : entry;
    return typeof path === 'string' && readable.has(path.split('.')[0] ?? '');
  });
}

function member(views: unknown, name: string): View | undefined {
  if (!isView(views) || !Object.hasOwn(views, name)) return undefined;
  return isView(views[name]) ? views[name] : undefined;
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

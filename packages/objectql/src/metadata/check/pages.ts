import { suggest, type MetadataType } from '@objectos/spec/metadata';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { KeyPath } from '../source/types.js';

type Items = ReadonlyMap<MetadataType, ReadonlyMap<string, Merged>>;

/** Keys of a list view or form that hold the name of a field. */
const FIELD_KEYS: ReadonlySet<string> = new Set([
  'groupByField',
  'summarizeField',
  'startDateField',
  'endDateField',
  'titleField',
  'colorField',
  'progressField',
  'coverField',
  'locationField',
  'categoryField',
  'valueField',
]);
/** Keys that hold a list of field names, or of mappings with a `field`. */
const FIELD_LISTS: ReadonlySet<string> = new Set([
  'columns',
  'fields',
  'searchableFields',
  'filterableFields',
  'visibleFields',
]);

/** Views, apps, dashboards, actions and seeds name objects, fields and views that exist. */
export function checkPages(
  items: Items,
  objects: ReadonlyMap<string, ObjectMeta>,
): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  for (const view of items.get('view')?.values() ?? []) checkView(view, objects, problems);
  for (const dashboard of items.get('dashboard')?.values() ?? []) {
    checkWidgets(dashboard, objects, problems);
  }
  for (const app of items.get('app')?.values() ?? [])
    checkNavigation(app, { items, objects, problems });
  for (const type of ['action', 'seed'] as const) {
    for (const item of items.get(type)?.values() ?? []) checkOwner(item, objects, problems);
  }
  return problems;
}

function checkView(
  view: Merged,
  objects: ReadonlyMap<string, ObjectMeta>,
  problems: MetadataProblem[],
): void {
  const object = checkOwner(view, objects, problems);
  if (object === undefined) return;
  for (const key of ['list', 'form', 'listViews', 'formViews']) {
    walkFields(view.value[key], [key], (name, path) =>
      requirePath({ item: view, object, name, path }, objects, problems),
    );
  }
}

function checkWidgets(
  dashboard: Merged,
  objects: ReadonlyMap<string, ObjectMeta>,
  problems: MetadataProblem[],
): void {
  const widgets =
    (dashboard.value['widgets'] as readonly Record<string, unknown>[] | undefined) ?? [];
  widgets.forEach((widget, at) => {
    const name = widget['object'] as string;
    const object = requireObjectNamed(
      { item: dashboard, name, path: ['widgets', at, 'object'] },
      objects,
      problems,
    );
    if (object === undefined) return;
    for (const key of ['categoryField', 'valueField']) {
      const field = widget[key];
      if (typeof field !== 'string') continue;
      requirePath(
        { item: dashboard, object, name: field, path: ['widgets', at, key] },
        objects,
        problems,
      );
    }
  });
}

interface PageScope {
  readonly items: Items;
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly problems: MetadataProblem[];
}

function checkNavigation(app: Merged, scope: PageScope): void {
  const visit = (entries: unknown, path: KeyPath): void => {
    if (!Array.isArray(entries)) return;
    (entries as Record<string, unknown>[]).forEach((entry, at) => {
      const here = [...path, at];
      if (typeof entry['objectName'] === 'string') {
        requireObjectNamed(
          { item: app, name: entry['objectName'], path: [...here, 'objectName'] },
          scope.objects,
          scope.problems,
        );
      }
      if (typeof entry['dashboardName'] === 'string') {
        const known = scope.items.get('dashboard')?.keys() ?? [];
        requireItem(
          { item: app, name: entry['dashboardName'], path: [...here, 'dashboardName'] },
          known,
          scope.problems,
        );
      }
      visit(entry['children'], [...here, 'children']);
    });
  };
  visit(app.value['navigation'], ['navigation']);
}

function checkOwner(
  item: Merged,
  objects: ReadonlyMap<string, ObjectMeta>,
  problems: MetadataProblem[],
): ObjectMeta | undefined {
  const name = item.value['object'];
  if (typeof name !== 'string') return undefined;
  return requireObjectNamed({ item, name, path: ['object'] }, objects, problems);
}

interface NamedThing {
  readonly item: Merged;
  readonly name: string;
  readonly path: KeyPath;
}

function requireObjectNamed(
  { item, name, path }: NamedThing,
  objects: ReadonlyMap<string, ObjectMeta>,
  problems: MetadataProblem[],
): ObjectMeta | undefined {
  const object = objects.get(name);
  if (object !== undefined) return object;
  const owner = `${item.type} ${item.name}`;
  const params = { owner, name, suggestion: suggest(name, objects.keys()) };
  problems.push(problem('reference_unknown', params, item.locate(path, 'value')));
  return undefined;
}

function requireItem(
  { item, name, path }: NamedThing,
  known: Iterable<string>,
  problems: MetadataProblem[],
): void {
  const names = [...known];
  if (names.includes(name)) return;
  const owner = `The ${item.type} "${item.name}"`;
  const params = { owner, type: 'dashboard', name, suggestion: suggest(name, names) };
  problems.push(problem('item_unknown', params, item.locate(path, 'value')));
}

/** A field, or a path over lookups to a field of another object. */
function requirePath(
  { item, object, name, path }: NamedThing & { readonly object: ObjectMeta },
  objects: ReadonlyMap<string, ObjectMeta>,
  problems: MetadataProblem[],
): void {
  let current: ObjectMeta | undefined = object;
  for (const step of name.split('.')) {
    const field: FieldMeta | undefined = current?.fields.get(step);
    if (current === undefined || field === undefined) {
      const params = {
        owner: `The ${item.type} "${item.name}"`,
        object: current?.name ?? object.name,
        name: step,
        suggestion: suggest(step, (current ?? object).visible),
      };
      problems.push(problem('field_unknown', params, item.locate(path, 'value')));
      return;
    }
    current = field.reference === undefined ? undefined : objects.get(field.reference);
  }
}

/** Calls `found` for every field name inside a view. */
function walkFields(
  value: unknown,
  path: KeyPath,
  found: (name: string, path: KeyPath) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const here = [...path, step];
    if (FIELD_KEYS.has(key) && typeof part === 'string') found(part, here);
    else if (FIELD_LISTS.has(key) && Array.isArray(part) && path.at(-1) !== 'kanban') {
      (part as unknown[]).forEach((one, at) => {
        if (typeof one === 'string') found(one, [...here, at]);
        else if (
          typeof one === 'object' &&
          one !== null &&
          'field' in one &&
          typeof one.field === 'string'
        ) {
          found(one.field, [...here, at, 'field']);
        }
      });
    } else walkFields(part, here, found);
  }
}

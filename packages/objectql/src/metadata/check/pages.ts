import { suggest, type MetadataType } from '@objectos/spec/metadata';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merge, Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { KeyPath } from '../source/types.js';

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
  merge: Pick<Merge, 'items' | 'broken'>,
  objects: ReadonlyMap<string, ObjectMeta>,
): MetadataProblem[] {
  const scope: PageScope = { ...merge, objects, problems: [] };
  const all = (type: MetadataType) => merge.items.get(type)?.values() ?? [];
  for (const view of all('view')) checkView(view, scope);
  for (const dashboard of all('dashboard')) checkWidgets(dashboard, scope);
  for (const app of all('app')) checkNavigation(app, scope);
  for (const action of all('action')) checkOwner(action, scope);
  for (const seed of all('seed')) checkOwner(seed, scope);
  return scope.problems;
}

interface PageScope extends Pick<Merge, 'items' | 'broken'> {
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly problems: MetadataProblem[];
}

/** A name that an item mentions at a path of its value. */
interface Mention {
  readonly item: Merged;
  readonly name: string;
  readonly path: KeyPath;
}

function checkView(view: Merged, scope: PageScope): void {
  const object = checkOwner(view, scope);
  if (object === undefined) return;
  for (const key of ['list', 'form', 'listViews', 'formViews']) {
    walkFields(view.value[key], [key], (name, path) =>
      requireField({ item: view, name, path }, object, scope),
    );
  }
}

function checkWidgets(dashboard: Merged, scope: PageScope): void {
  const widgets =
    (dashboard.value['widgets'] as readonly Record<string, unknown>[] | undefined) ?? [];
  widgets.forEach((widget, at) => {
    const name = widget['object'] as string;
    const path = ['widgets', at];
    const object = requireObject({ item: dashboard, name, path: [...path, 'object'] }, scope);
    if (object === undefined) return;
    for (const key of ['categoryField', 'valueField']) {
      const field = widget[key];
      if (typeof field !== 'string') continue;
      requireField({ item: dashboard, name: field, path: [...path, key] }, object, scope);
    }
  });
}

function checkNavigation(app: Merged, scope: PageScope): void {
  const visit = (entries: unknown, path: KeyPath): void => {
    if (!Array.isArray(entries)) return;
    (entries as Record<string, unknown>[]).forEach((entry, at) => {
      const here = [...path, at];
      const { objectName, dashboardName } = entry;
      if (typeof objectName === 'string') {
        requireObject({ item: app, name: objectName, path: [...here, 'objectName'] }, scope);
      }
      if (typeof dashboardName === 'string') {
        requireDashboard(
          { item: app, name: dashboardName, path: [...here, 'dashboardName'] },
          scope,
        );
      }
      visit(entry['children'], [...here, 'children']);
    });
  };
  visit(app.value['navigation'], ['navigation']);
}

function checkOwner(item: Merged, scope: PageScope): ObjectMeta | undefined {
  const name = item.value['object'];
  return typeof name === 'string'
    ? requireObject({ item, name, path: ['object'] }, scope)
    : undefined;
}

/** The object, unless it does not exist, which is told, or is not valid, which is told elsewhere. */
function requireObject({ item, name, path }: Mention, scope: PageScope): ObjectMeta | undefined {
  const object = scope.objects.get(name);
  if (object !== undefined || isBroken(scope, 'object', name)) return object;
  const owner = `${item.type} ${item.name}`;
  const params = { owner, name, suggestion: suggest(name, scope.objects.keys()) };
  scope.problems.push(problem('reference_unknown', params, item.locate(path, 'value')));
  return undefined;
}

function requireDashboard({ item, name, path }: Mention, scope: PageScope): void {
  const known = scope.items.get('dashboard');
  if (known?.has(name) === true || isBroken(scope, 'dashboard', name)) return;
  const owner = `The ${item.type} "${item.name}"`;
  const params = { owner, type: 'dashboard', name, suggestion: suggest(name, known?.keys() ?? []) };
  scope.problems.push(problem('item_unknown', params, item.locate(path, 'value')));
}

/** A field, or a path over lookups to a field of another object. */
function requireField({ item, name, path }: Mention, object: ObjectMeta, scope: PageScope): void {
  const owner = `The ${item.type} "${item.name}"`;
  const steps = name.split('.');
  let current: ObjectMeta | undefined = object;
  // What a lookup leads to may be missing or not valid; that is told where the lookup stands.
  for (let at = 0; at < steps.length && current !== undefined; at += 1) {
    const step = steps[at] ?? '';
    const field: FieldMeta | undefined = current.fields.get(step);
    const position = () => item.locate(path, 'value');
    if (field === undefined || current.sealed.has(step)) {
      const suggestion = suggest(step, current.visible);
      const params = { owner, object: current.name, name: step, suggestion };
      scope.problems.push(problem('field_unknown', params, position()));
      return;
    }
    if (field.reference === undefined && at < steps.length - 1) {
      const params = { owner, field: step, expected: 'a lookup', found: field.type };
      scope.problems.push(problem('field_kind', params, position()));
      return;
    }
    current = scope.objects.get(field.reference ?? '');
  }
}

function isBroken({ broken }: PageScope, type: MetadataType, name: string): boolean {
  return broken.get(type)?.has(name) === true;
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

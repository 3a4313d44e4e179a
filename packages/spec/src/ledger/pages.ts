import { active, experimental, under, type LedgerEntry } from './entries.js';

const columns = ['field', 'label', 'width', 'align', 'hidden', 'sortable', 'wrap', 'link'];
const list = [
  'label',
  'type',
  ...under(
    'columns',
    columns.map((key) => `*.${key}`),
  ),
  'filter',
  ...under('sort', ['*.field', '*.order']),
  'searchableFields',
  'filterableFields',
  ...under('selection', ['type']),
  ...under('navigation', ['mode']),
  ...under('pagination', ['pageSize', 'pageSizeOptions']),
  ...under('kanban', ['groupByField', 'summarizeField', 'columns']),
  ...under('calendar', ['startDateField', 'endDateField', 'titleField', 'colorField']),
  ...under('gantt', ['startDateField', 'endDateField', 'titleField', 'progressField']),
  ...under('gallery', ['coverField', 'titleField', 'visibleFields']),
  ...under('timeline', ['startDateField', 'endDateField', 'titleField', 'groupByField']),
  ...under('map', ['locationField', 'titleField']),
];
const formField = [
  'field',
  'label',
  'placeholder',
  'helpText',
  'readonly',
  'required',
  'hidden',
  'colSpan',
  'widget',
  'dependsOn',
  'visibleOn',
];
const sections = [
  'label',
  'collapsible',
  'collapsed',
  'columns',
  ...under(
    'fields',
    formField.map((key) => `*.${key}`),
  ),
];
const form = [
  'label',
  'type',
  ...under(
    'sections',
    sections.map((key) => `*.${key}`),
  ),
];

/** Consumers of the keys of views. */
export const viewLedger: readonly LedgerEntry[] = active('server/metadata', [
  'name',
  'label',
  'description',
  'object',
  ...under('list', list),
  ...under(
    'listViews',
    list.map((key) => `*.${key}`),
  ),
  ...under('form', form),
  ...under(
    'formViews',
    form.map((key) => `*.${key}`),
  ),
]);

const item = [
  'type',
  'id',
  'label',
  'icon',
  'objectName',
  'viewName',
  'dashboardName',
  'url',
  'target',
];

/** Consumers of the keys of apps. */
export const appLedger: readonly LedgerEntry[] = [
  ...active('server/metadata', [
    'name',
    'label',
    'description',
    'icon',
    ...under('branding', ['primaryColor', 'logo', 'favicon']),
    'isDefault',
    ...under(
      'navigation',
      [...item, 'expanded', 'children'].map((key) => `*.${key}`),
    ),
    ...item.map((key) => `navigation.*.children.*.${key}`),
  ]),
  ...experimental('@objectos/permissions', ['requiredPermissions']),
];

const widget = [
  'title',
  'type',
  'object',
  'filter',
  'categoryField',
  'valueField',
  'aggregate',
  ...under('layout', ['x', 'y', 'w', 'h']),
  'options',
];

/** Consumers of the keys of dashboards. */
export const dashboardLedger: readonly LedgerEntry[] = active('server/metadata', [
  'name',
  'label',
  'description',
  ...under(
    'widgets',
    widget.map((key) => `*.${key}`),
  ),
]);

/** Consumers of the keys of actions. */
export const actionLedger: readonly LedgerEntry[] = [
  ...active('server/metadata', [
    'name',
    'label',
    'description',
    'icon',
    'object',
    'locations',
    'type',
    'target',
    'method',
    ...under('params', ['*.name', '*.label', '*.type', '*.required']),
    'params.*.options',
    'params.*.options.*.value',
    'params.*.options.*.label',
    'confirmText',
    'successMessage',
    'refreshAfter',
    'visible',
  ]),
  ...experimental('@objectos/automation', ['execute', 'type=script']),
  ...experimental('@objectos/workflow', ['type=flow']),
];

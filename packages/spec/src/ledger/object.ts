import { active, experimental, ofPlugin, under, type LedgerEntry } from './entries.js';
import { validationRuleKeys, validationTextKeys } from './validation.js';

const field = (keys: readonly string[]): string[] => keys.map((key) => `fields.*.${key}`);

const attribute = (keys: readonly string[]): string[] =>
  field(keys.map((key) => `attributes.*.${key}`));

/** Links of a many-to-many relation have the fields that its attributes make. */
const attributes: readonly LedgerEntry[] = [
  ...active('objectql/metadata/compile', [
    ...field(['attributes']),
    ...attribute(['type', 'name', 'required', 'readonly', 'unique', 'index', 'searchable']),
    ...attribute(['multiple', 'options', 'options.*.value', 'translatable']),
  ]),
  ...active('objectql/migrate', attribute(['renamedFrom', 'backfill'])),
  ...active('objectql/engine', attribute(['defaultValue', 'options.*.default'])),
  ...active(
    'objectql/values',
    attribute(['minLength', 'maxLength', 'pattern', 'precision', 'scale', 'min', 'max']),
  ),
  ...active('server/metadata', [
    ...attribute(['label', 'description', 'help', 'placeholder', 'hidden']),
    ...attribute(['options.*.label', 'options.*.color', 'currencyConfig']),
    ...attribute(['currencyConfig.currencyMode', 'currencyConfig.defaultCurrency']),
  ]),
];

const fields: readonly LedgerEntry[] = [
  ...attributes,
  ...active('objectql/metadata/compile', [
    'fields',
    ...field([
      'name',
      'type',
      'required',
      'readonly',
      'unique',
      'index',
      'multiple',
      'reference',
      'searchable',
      'translatable',
      'inverse',
      'through',
    ]),
    ...field(['deleteBehavior', 'options', 'options.*.value']),
  ]),
  ...active('objectql/migrate', field(['renamedFrom', 'backfill'])),
  ...active(
    'objectql/engine',
    field([
      ...['defaultValue', 'options.*.default', 'reparentable', 'encrypted'],
      'vectorConfig.distanceMetric',
    ]),
  ),
  ...active('objectql/values', [
    ...field(['minLength', 'maxLength', 'pattern', 'min', 'max', 'precision', 'scale', 'step']),
    ...field(['maxRating', 'allowHalf', 'vectorConfig', 'vectorConfig.dimensions']),
  ]),
  ...active('server/metadata', [
    ...field([
      'label',
      'description',
      'help',
      'placeholder',
      'hidden',
      'options.*.label',
      'options.*.color',
    ]),
    ...field(['currencyConfig', 'currencyConfig.currencyMode', 'currencyConfig.defaultCurrency']),
    ...field(['language', 'lineNumbers', 'showValue', 'colorFormat', 'allowAlpha', 'presetColors']),
    ...field(['displayMap', 'barcodeFormat', 'displayValue']),
  ]),
  ...experimental('@objectos/storage', [
    ...under('fields.*.fileAttachmentConfig', [
      'minSize',
      'maxSize',
      'allowedTypes',
      'blockedTypes',
      'allowedMimeTypes',
    ]),
    ...['image', 'file', 'avatar', 'video', 'audio'].map((type) => `fields.*.type=${type}`),
  ]),
  ...experimental('@objectos/auth', ['fields.*.type=user']),
  ...active('objectql/metadata/computed', [
    'fields.*.type=formula',
    ...field(['expression', 'returnType', 'blankAs']),
  ]),
  ...active('objectql/metadata/computed', [
    'fields.*.type=summary',
    ...under('fields.*.summaryOperations', ['object', 'field', 'function', 'relation', 'filter']),
  ]),
  ...active('objectql/engine/computed', ['fields.*.type=autonumber', 'fields.*.format']),
];

/** Consumers of the keys of objects and object extensions. */
export const objectLedger: readonly LedgerEntry[] = [
  ...active('objectql/metadata/compile', [
    'name',
    'label',
    'pluralLabel',
    'nameField',
    'indexes',
    'indexes.*.name',
    'indexes.*.fields',
    'indexes.*.unique',
    'enable',
    'enable.apiEnabled',
    'enable.apiMethods',
    'enable.trash',
    'enable.searchable',
  ]),
  ...active('objectql/metadata/layers', ['extend', 'priority']),
  ...active(
    'objectql/engine/membership',
    under('membership', ['object', 'record', 'organization']),
  ),
  ...active('objectql/migrate', ['renamedFrom']),
  ...active('server/metadata', ['description', 'icon', 'titleFormat', 'compactLayout']),
  ...experimental('@objectos/audit', ['enable.trackHistory']),
  ...ofPlugin('@objectos/permissions', 'permissions/src/compile/record-access.ts', [
    'sharingModel',
  ]),
  ...ofPlugin('@objectos/permissions', 'permissions/src/compile/field-mask.ts', [
    'membership.hides',
  ]),
  ...fields,
  ...active(
    'objectql/engine/rules',
    under(
      'validations',
      validationRuleKeys.map((key) => `*.${key}`),
    ),
  ),
  ...active(
    'server/metadata',
    validationTextKeys.map((key) => `validations.*.${key}`),
  ),
];

import { active, experimental, under, type LedgerEntry } from './entries.js';

const object = [
  'label',
  'pluralLabel',
  'description',
  ...under('fields', ['*.label', '*.help', '*.placeholder', '*.options']),
  'validations',
];

/** Consumers of the keys of translations. */
export const translationLedger: readonly LedgerEntry[] = experimental('@objectos/i18n', [
  'name',
  'locales',
  ...under(
    'locales.*.objects',
    object.map((key) => `*.${key}`),
  ),
  ...under('locales.*.apps', ['*.label', '*.description']),
  'locales.*.messages',
]);

/** Consumers of the keys of seed data. */
export const seedLedger: readonly LedgerEntry[] = active('objectql/runtime/seeds', [
  'name',
  'object',
  'externalId',
  'mode',
  'env',
  'records',
]);

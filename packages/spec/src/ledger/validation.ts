import { active, type LedgerEntry } from './entries.js';

const innerRule = [
  'type',
  'condition',
  'fields',
  'field',
  'regex',
  'format',
  'transitions',
  'schema',
  'message',
];

/** Keys of a rule, wherever it stands. */
export const validationRuleKeys: readonly string[] = [
  'name',
  'active',
  'events',
  'severity',
  'message',
  'type',
  'condition',
  'fields',
  'field',
  'regex',
  'format',
  'transitions',
  'schema',
  'caseSensitive',
  'when',
  'then',
  ...innerRule.map((key) => `then.${key}`),
  'otherwise',
  ...innerRule.map((key) => `otherwise.${key}`),
];

/** Keys of a rule that only people read. */
export const validationTextKeys: readonly string[] = ['label', 'description'];

/** Consumers of the keys of validation files. */
export const validationLedger: readonly LedgerEntry[] = [
  ...active('objectql/metadata/layers', ['object']),
  ...active('objectql/engine/rules', validationRuleKeys),
  ...active('server/metadata', validationTextKeys),
];

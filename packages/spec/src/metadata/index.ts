export {
  COMPUTED_FIELD_TYPES,
  FIELD_TYPES,
  LIST_FIELD_TYPES,
  RELATION_FIELD_TYPES,
  type FieldType,
} from './field-types.js';
export {
  fieldSchema,
  optionSchema,
  type FieldDefinition,
  type FieldDefinitionOf,
  type FieldOption,
} from './field.js';
export { pluginManifestSchema, type PluginManifest } from './manifest.js';
export {
  RESERVED_NAMES,
  SYSTEM_FIELDS,
  fieldOfKey,
  nameSchema,
  translationKey,
  type SystemField,
} from './names.js';
export {
  API_METHODS,
  objectDocumentSchema,
  objectExtensionSchema,
  objectSchema,
  type ApiMethod,
  type IndexDefinition,
  type ObjectDefinition,
  type ObjectExtensionDefinition,
} from './object.js';
export * from './formats.js';
export * from './action.js';
export * from './app.js';
export * from './approval.js';
export * from './dashboard.js';
export * from './flow.js';
export * from './flow-nodes.js';
export * from './hook.js';
export * from './permission-set.js';
export * from './role.js';
export * from './rule-actions.js';
export * from './seed.js';
export * from './sharing-rule.js';
export * from './translation.js';
export * from './view.js';
export * from './workflow.js';
export * from './workflow-rule.js';
export {
  normalizeLegacy,
  type KeyPath,
  type LegacyNotice,
  type NormalizedMetadata,
} from './normalize-legacy.js';
export { describeIssues, type DescribedProblem, type ParsedBy } from './problems.js';
export { suggest } from './suggest.js';
export { METADATA_TYPES, type MetadataType } from './types.js';
export {
  VALIDATION_EVENTS,
  validationFileSchema,
  validationSchema,
  type ValidationDefinition,
  type ValidationFileDefinition,
} from './validation.js';

export { compileDecision, type CompiledDecision } from './compile/decision.js';
export { permissionsCheck } from './check/metadata-check.js';
export { explain, type Question } from './explain/explain.js';
export type { Explanation, Layer, SuggestedGrant } from './explain/types.js';
export { grantsOf, noMembership, type Grants, type Membership } from './grants/grants.js';
export { matches, matchesLater, type ReadRelated, type RelatedRows } from './match/matches.js';
export { buildModel, type RecordDefinitions } from './model/build.js';
export type { PermissionModel, SetModel } from './model/types.js';
export { permissionsConfigSchema, permissionsPlugin } from './plugin.js';

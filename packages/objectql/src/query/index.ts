export { normalizeQueryBody } from './body.js';
export { normalizeExpand } from './expand.js';
export { normalizeFilter } from './filter.js';
export { normalizeAggregations, normalizeGroupBy } from './groups.js';
export { QUERY_LIMITS, type QueryLimit } from './limits.js';
export { parseQueryParameters, type ParameterOptions } from './parameters.js';
export {
  normalizeAggregateBody,
  normalizeReadBody,
  parseAggregateParameters,
  parseReadParameters,
  type ReadRequest,
} from './read-request.js';
export { normalizeSelect } from './select.js';
export { normalizeSort } from './sort.js';
export { filterToText } from './text.js';

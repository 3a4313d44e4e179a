import { entry } from '../define.js';
import { didYouMean } from './shared.js';

const LIST = 'See GET /api/metadata/objects/<object> for the fields you may use.';

/** Errors of reading a query: names, operators, values and limits. */
export const queryErrors = {
  unknown_field: entry<{ object: string; field: string; suggestion?: string | undefined }>({
    category: 'validation',
    status: 400,
    message: (p) => `Object "${p.object}" has no field "${p.field}".${didYouMean(p.suggestion)}`,
    hint: () => LIST,
  }),
  unknown_operator: entry<{ operator: string; suggestion?: string | undefined }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.operator}" is not a filter operator.${didYouMean(p.suggestion)}`,
    hint: () =>
      'Use one of eq, ne, gt, gte, lt, lte, in, nin, contains, startsWith, between, isNull.',
  }),
  unknown_parameter: entry<{ parameter: string; suggestion?: string | undefined }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.parameter}" is not a query parameter.${didYouMean(p.suggestion)}`,
    hint: () =>
      'Parameters of data routes are filter, sort, select, expand, top, skip, cursor, count, search, highlight, near, groupBy, aggregations, having, locale, and field names.',
  }),
  invalid_filter: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The filter is not valid: ${p.reason}.`,
    hint: () =>
      'A filter is an object like {"status":{"$eq":"new"}} or a tuple like ["status","=","new"].',
  }),
  invalid_sort: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The sort order is not valid: ${p.reason}.`,
    hint: () => 'Write sort=name,-created_at.',
  }),
  invalid_aggregate: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The aggregate query is not valid: ${p.reason}.`,
    hint: () =>
      'Write groupBy=stage&aggregations=[{"function":"sum","field":"amount","alias":"total"}].',
  }),
  invalid_parameter: entry<{ parameter: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `Parameter "${p.parameter}" is not valid: ${p.reason}.`,
    hint: () => 'Correct the value, or leave the parameter out to use its default.',
  }),
  invalid_cursor: entry<Record<string, never>>({
    category: 'validation',
    status: 400,
    message: () => 'The cursor does not belong to this query.',
    hint: () =>
      'Send "next" or "previous" of the page before, with the same filter and sort, or begin again with an empty cursor.',
  }),
  scan_refused: entry<{ object: string; max: number; index: readonly string[] }>({
    category: 'validation',
    status: 400,
    message: (p) => `The query would read every "${p.object}", and there are more than ${p.max}.`,
    hint: (p) =>
      p.index.length === 0
        ? 'Filter by an indexed field as well.'
        : `Filter by an indexed field as well, or add an index to the object: indexes: [{ fields: [${p.index.join(', ')}] }].`,
  }),
  limit_exceeded: entry<{ limit: string; max: number; actual: number }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The request exceeds the limit "${p.limit}": ${p.actual} is more than ${p.max}.`,
    hint: (p) => `Ask for at most ${p.max}, in several requests if need be.`,
  }),
};

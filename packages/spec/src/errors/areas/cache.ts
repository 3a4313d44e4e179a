import { entry } from '../define.js';

/** Errors of the cache. */
export const cacheErrors = {
  cache_key_invalid: entry<{ key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The cache key "${p.key}" is not valid: ${p.reason}.`,
    hint: () => 'Use 1 to 512 characters without control characters.',
  }),
  cache_value_invalid: entry<{ key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The value for the cache key "${p.key}" is not JSON: ${p.reason}.`,
    hint: () => 'Store text, numbers, booleans, null, lists and plain objects.',
  }),
  cache_value_too_large: entry<{ key: string; max: number; actual: number }>({
    category: 'validation',
    status: 413,
    message: (p) =>
      `The value for the cache key "${p.key}" has ${p.actual} characters; the limit is ${p.max}.`,
    hint: () => 'Store less, or raise maxValueSize in the configuration of the cache plugin.',
  }),
  counters_unavailable: entry<Record<string, never>>({
    category: 'server',
    status: 503,
    retryable: true,
    message: () => 'The counters cannot be asked at the moment.',
    hint: () => 'See that Redis answers. Until then each node counts for itself.',
  }),
};

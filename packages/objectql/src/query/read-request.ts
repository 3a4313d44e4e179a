import type { AggregateQuery, Filter, Query } from '@objectos/spec/contracts';
import { bodyParts } from './body.js';
import { aggregateFromParts } from './groups.js';
import { givenParameters, type ParameterOptions } from './parameters.js';
import { asksForGroups, queryFromParts } from './parts.js';
import type { GivenParts } from './synonyms.js';

/** What a request to read an object asks for: records, or groups of them. */
export type ReadRequest =
  | { readonly kind: 'list'; readonly query: Query }
  | { readonly kind: 'aggregate'; readonly query: AggregateQuery };

/**
 * Reads the query of a URL, as `parseQueryParameters` does, with groups:
 * `groupBy=stage&aggregations=count,sum:amount&having={"count":{"$gt":1}}`.
 *
 * @throws what `parseQueryParameters` throws, and `invalid_aggregate`
 */
export function parseReadParameters(
  parameters: Iterable<readonly [string, string]>,
  options: ParameterOptions,
): ReadRequest {
  const { given, equal } = givenParameters(parameters, options);
  return requestFrom(given, equal);
}

/** Reads the query of a URL that asks for groups, whatever its parts. Throws the same. */
export function parseAggregateParameters(
  parameters: Iterable<readonly [string, string]>,
  options: ParameterOptions,
): AggregateQuery {
  const { given, equal } = givenParameters(parameters, options);
  return aggregateFromParts(given, equal);
}

/**
 * Reads the query of a body, as `normalizeQueryBody` does, with groups.
 *
 * @throws what `normalizeQueryBody` throws, and `invalid_aggregate`
 */
export function normalizeReadBody(
  body: unknown,
  options: { readonly object: string },
): ReadRequest {
  return requestFrom(bodyParts(body, options), []);
}

/** Reads the query of a body that asks for groups, whatever its parts. Throws the same. */
export function normalizeAggregateBody(
  body: unknown,
  options: { readonly object: string },
): AggregateQuery {
  return aggregateFromParts(bodyParts(body, options), []);
}

function requestFrom(given: GivenParts, also: readonly Filter[]): ReadRequest {
  return asksForGroups(given)
    ? { kind: 'aggregate', query: aggregateFromParts(given, also) }
    : { kind: 'list', query: queryFromParts(given, also) };
}

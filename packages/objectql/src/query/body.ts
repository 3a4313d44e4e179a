import { createError } from '@objectos/spec/errors';
import type { Query } from '@objectos/spec/contracts';
import { queryFromParts } from './parts.js';
import { invalidParameter, shown } from './refuse.js';
import { isPlainObject } from './shapes.js';
import { findPart, give, unknownParameter, type GivenParts } from './synonyms.js';

/**
 * Reads the body of `POST /:object/query`: the published AST, its parts by any of their names.
 * The key `object` must name the object of the path. No body asks for everything.
 *
 * @param object the object of the path
 * @throws `body_invalid`, and what {@link parseQueryParameters} throws
 * @example normalizeQueryBody({ where: { status: 'new' }, limit: 20 }, { object: 'lead' });
 */
export function normalizeQueryBody(body: unknown, options: { readonly object: string }): Query {
  return queryFromParts(bodyParts(body, options), []);
}

/** The parts of a query that a body holds. @throws `body_invalid` and what names throw */
export function bodyParts(body: unknown, options: { readonly object: string }): GivenParts {
  const given: GivenParts = new Map();
  if (body === undefined || body === null) return given;
  if (!isPlainObject(body)) {
    throw createError('body_invalid', { reason: `a query is an object, not ${shown(body)}` });
  }
  for (const [name, value] of Object.entries(body)) {
    const part = findPart(name);
    if (part !== undefined) {
      if (value !== undefined) give(given, part, { name, value });
    } else if (name !== 'object') {
      throw unknownParameter(name);
    } else if (value !== options.object) {
      throw invalidParameter(name, `the path says "${options.object}", not ${shown(value)}`);
    }
  }
  return given;
}

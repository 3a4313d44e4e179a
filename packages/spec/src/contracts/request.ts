import type { z } from 'zod';
import { createError } from '../errors/index.js';

/** How much of a name that nobody knows is repeated to who sent it. */
const MAX_NAME = 60;

/**
 * Reads the query of a request to a contributed route.
 *
 * @throws `invalid_parameter`, and `unknown_parameter` where the schema is strict
 */
export function readQuery<T>(request: Request, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const parameter = (issue.keys[0] ?? '').slice(0, MAX_NAME);
    throw createError('unknown_parameter', { parameter });
  }
  const parameter = String(issue?.path[0] ?? 'query');
  throw createError('invalid_parameter', { parameter, reason: issue?.message ?? 'not valid' });
}

/**
 * Reads the JSON body of a request to a contributed route; none is an empty object.
 *
 * @throws `body_invalid`
 */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const text = await request.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw createError('body_invalid', { reason: 'it is not JSON' }, { cause });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') ?? '';
  const reason = `${place === '' ? '' : `${place}: `}${issue?.message ?? 'not valid'}`;
  throw createError('body_invalid', { reason });
}

import { createError } from '@objectos/spec/errors';

/** The JSON object of a request; an empty body is an empty object. @throws `body_invalid` */
export async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  return parseObject(await request.text());
}

/** Reads a JSON object. @throws `body_invalid` */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw createError('body_invalid', { reason: 'it is no JSON object' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw createError('body_invalid', { reason: 'it is not JSON' }, { cause });
  }
}

const MAX_FIELDS = 20;

/** The fields of a form. @throws `body_invalid` */
export function readForm(text: string): Readonly<Record<string, string>> {
  const fields = new URLSearchParams(text);
  if ([...fields].length > MAX_FIELDS)
    throw createError('body_invalid', { reason: 'it has too many fields' });
  return Object.fromEntries(fields);
}

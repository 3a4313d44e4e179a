import type { ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-state.js';
import type { ServerParts } from '../nest/tokens.js';

/** A query string without the language that it asks for, and that language. */
export interface SplitQuery {
  readonly search: string;
  readonly locale: string | undefined;
}

/** The name that no field can have, and the one that people write. */
const NAMES = ['$locale', 'locale'] as const;

/**
 * Takes the language of records out of a query string. An object with a field of that name is
 * filtered by it; there, `$locale` says the language.
 *
 * @throws `invalid_parameter` when it is given twice
 */
export function splitLocale(search: string, hasField = false): SplitQuery {
  if (!search.includes('locale')) return { search, locale: undefined };
  const parameters = new URLSearchParams(search);
  const names = hasField ? NAMES.slice(0, 1) : NAMES;
  const [locale, other] = names.flatMap((name) => parameters.getAll(name));
  if (other !== undefined) {
    throw createError('invalid_parameter', { parameter: 'locale', reason: 'it is given twice' });
  }
  for (const name of names) parameters.delete(name);
  return { search: parameters.toString(), locale };
}

/** A request for records: its context, in the language that it asks for, and the rest of its URL. */
export interface DataRequest {
  readonly ctx: ExecutionContext;
  readonly url: string;
}

/** Reads a request for records. @throws `invalid_parameter` */
export function readRequest(
  parts: Pick<ServerParts, 'snapshot'>,
  request: FastifyRequest,
  reply: FastifyReply,
): DataRequest {
  const { url = '' } = request.raw;
  const start = url.indexOf('?');
  if (start === -1) return { ctx: contextOf(request), url };
  const { object = '' } = request.params as { readonly object?: string };
  const hasField = parts.snapshot().objects.get(object)?.fields.has('locale');
  return spoken({ request, reply, start }, splitLocale(url.slice(start + 1), hasField));
}

/**
 * Reads a request that writes records. Its URL has no conditions, so `locale` is always the language;
 * what looks like a slip of it must not end in another language.
 *
 * @throws `invalid_parameter`, `unknown_parameter`
 */
export function writeRequest(request: FastifyRequest, reply: FastifyReply): DataRequest {
  const { url = '' } = request.raw;
  const start = url.indexOf('?');
  if (start === -1) return { ctx: contextOf(request), url };
  const split = splitLocale(url.slice(start + 1));
  for (const name of new URLSearchParams(split.search).keys()) {
    const suggestion = suggest(name, NAMES);
    if (suggestion === undefined) continue;
    throw createError('unknown_parameter', { parameter: name.slice(0, 60), suggestion });
  }
  return spoken({ request, reply, start }, split);
}

function spoken(
  http: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly start: number },
  { search, locale }: SplitQuery,
): DataRequest {
  const { request, reply, start } = http;
  const ctx = contextOf(request);
  const { url = '' } = request.raw;
  if (locale === undefined) return { ctx, url };
  if (locale !== '*') void reply.header('content-language', headerText(locale));
  return {
    ctx: { ...ctx, recordLocale: locale },
    url: search === '' ? url.slice(0, start) : `${url.slice(0, start)}?${search}`,
  };
}

/** Whatever is asked for: what is no language is refused by the engine, and must not break a header. */
function headerText(locale: string): string {
  return locale.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 40);
}

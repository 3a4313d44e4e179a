import { createError, type ObjectOSError } from '@objectos/spec/errors';

/** Where in the source something is; all counted from 1. */
export interface SourceLocation {
  readonly line: number;
  readonly column: number;
  readonly position: number;
}

/** Turns a 0-based offset into what people count. */
export function locate(source: string, offset: number): SourceLocation {
  const before = source.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  const last = lines[lines.length - 1] ?? '';
  return { line: lines.length, column: last.length + 1, position: offset + 1 };
}

/** A place in a formula that can refuse: an operator or a call. */
export interface Site {
  readonly name: string;
  readonly source: string;
  /** 0-based offset in `source`. */
  readonly offset: number;
}

/** The error value of the language: there is no result here. Caught by IFERROR. */
export function noValue(site: Site, reason: string): ObjectOSError {
  const location = locate(site.source, site.offset);
  return createError(
    'formula_evaluation',
    { name: site.name, position: location.position, reason },
    { details: { ...location, name: site.name } },
  );
}

/** A limit was reached; unlike {@link noValue} this cannot be caught by a formula. */
export function limitReached(site: Site, limit: string, max: number): ObjectOSError {
  const location = locate(site.source, site.offset);
  return createError(
    'formula_limit',
    { limit, max, position: location.position },
    { details: { ...location, limit, max } },
  );
}

/** The source cannot be read. */
export function syntaxError(source: string, offset: number, reason: string): ObjectOSError {
  const location = locate(source, offset);
  return createError(
    'formula_syntax',
    { reason, position: location.position },
    { details: { ...location } },
  );
}

/** The types of the formula do not fit. */
export function typeError(source: string, offset: number, reason: string): ObjectOSError {
  const location = locate(source, offset);
  return createError(
    'formula_type',
    { reason, position: location.position },
    { details: { ...location } },
  );
}

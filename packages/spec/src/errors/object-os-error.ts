import type { ErrorCategory } from './define.js';
import { catalogue, type ErrorCode, type ErrorParams } from './catalogue.js';

const BRAND = Symbol.for('objectos.error');

/** One invalid field of a record or request. */
export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** Optional parts of an {@link ObjectOSError}. */
export interface ErrorOptions {
  readonly cause?: unknown;
  /** Structured facts for programs; must never hold a secret or a field the caller may not read. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly fieldErrors?: readonly FieldError[];
}

/**
 * The only error type ObjectOS throws on purpose. `code` is stable, `message` names the thing,
 * `hint` tells the fix. Compare with {@link isObjectOSError}, never with `instanceof`: two copies
 * of this package may be loaded.
 */
export class ObjectOSError extends Error {
  override readonly name = 'ObjectOSError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly hint: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly fieldErrors: readonly FieldError[];

  constructor(code: ErrorCode, params: Readonly<Record<string, unknown>>, options: ErrorOptions) {
    const definition = catalogue[code] as unknown as {
      category: ErrorCategory;
      status: number;
      retryable?: boolean;
      message(p: unknown): string;
      hint(p: unknown): string;
    };
    super(definition.message(params), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.status = definition.status;
    this.category = definition.category;
    this.retryable = definition.retryable ?? false;
    this.hint = definition.hint(params);
    this.params = params;
    this.details = options.details ?? {};
    this.fieldErrors = options.fieldErrors ?? [];
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Makes a catalogue error, ready to throw.
 *
 * @example throw createError('unknown_field', { object: 'contact', field: 'nmae', suggestion: 'name' });
 */
export function createError<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  options: ErrorOptions = {},
): ObjectOSError {
  return new ObjectOSError(code, params, options);
}

/** True for a catalogue error (of `code`, if given), across package copies. */
export function isObjectOSError(error: unknown, code?: ErrorCode): error is ObjectOSError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as unknown as ObjectOSError).code === code;
}

import type { FieldError, ObjectOSError } from '@objectos/spec/errors';

/** The body of an error: what the published clients read on both levels, and RFC 9457's members. */
export interface ErrorBody {
  readonly success: false;
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly category: string;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly category: string;
    readonly httpStatus: number;
    readonly retryable: boolean;
    readonly details: Readonly<Record<string, unknown>>;
    readonly fieldErrors: readonly FieldError[];
    readonly requestId: string;
  };
}

/** Says an error to a client; `texts` is what people read of it, in their language. */
export function errorBody(
  error: ObjectOSError,
  requestId: string,
  texts: Pick<ObjectOSError, 'message' | 'hint' | 'fieldErrors'> = error,
): ErrorBody {
  const { code, category, retryable, details, status } = error;
  const { message, hint, fieldErrors } = texts;
  return {
    success: false,
    type: `urn:objectos:error:${code}`,
    title: code,
    status,
    detail: message,
    code,
    message,
    hint,
    category,
    retryable,
    requestId,
    details,
    error: {
      code,
      message,
      hint,
      category,
      httpStatus: status,
      retryable,
      details,
      fieldErrors,
      requestId,
    },
  };
}

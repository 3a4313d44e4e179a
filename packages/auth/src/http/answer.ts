import { createError, type ObjectOSError } from '@objectos/spec/errors';

interface Refusal {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** The catalogue's words for what better-auth refuses, by its own code. */
const BY_CODE: Readonly<Record<string, (reason: string) => ObjectOSError>> = {
  INVALID_EMAIL_OR_PASSWORD: () => createError('invalid_credentials', {}),
  INVALID_PASSWORD: () => createError('invalid_credentials', {}),
  EMAIL_NOT_VERIFIED: () => createError('email_not_verified', {}),
  BANNED_USER: () => createError('account_disabled', {}),
  INVALID_ORIGIN: (reason) => createError('origin_refused', { reason }),
  MISSING_OR_NULL_ORIGIN: (reason) => createError('origin_refused', { reason }),
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: (reason) => createError('origin_refused', { reason }),
  INVALID_CALLBACK_URL: (reason) => createError('redirect_refused', { reason }),
  INVALID_REDIRECT_URL: (reason) => createError('redirect_refused', { reason }),
  INVALID_ERROR_CALLBACK_URL: (reason) => createError('redirect_refused', { reason }),
  INVALID_NEW_USER_CALLBACK_URL: (reason) => createError('redirect_refused', { reason }),
  INVALID_TOKEN: (reason) => createError('token_invalid', { reason }),
  TOKEN_EXPIRED: (reason) => createError('token_invalid', { reason }),
  INVALID_CODE: (reason) => createError('second_factor_refused', { reason }),
  INVALID_BACKUP_CODE: (reason) => createError('second_factor_refused', { reason }),
  INVALID_TWO_FACTOR_COOKIE: (reason) => createError('second_factor_refused', { reason }),
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: () => createError('user_exists', {}),
  USER_ALREADY_EXISTS: () => createError('user_exists', {}),
};

const LOCKOUT_SECONDS = 900;

/** The catalogue error for a refusal of better-auth. Its code stands in `details.reason`. */
export async function toError(response: Response): Promise<ObjectOSError> {
  const { code = '', message = 'the request is not valid.' } = await readRefusal(response);
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code]?.(message) : undefined;
  const error = known ?? byStatus(response.status, message);
  return code === '' ? error : withReason(error, code);
}

function byStatus(status: number, reason: string): ObjectOSError {
  switch (status) {
    case 401:
      return createError('unauthenticated', { reason });
    case 403:
      return createError('auth_forbidden', { reason });
    case 404:
      return createError('auth_not_found', { reason });
    case 429:
      return createError('too_many_attempts', { seconds: LOCKOUT_SECONDS });
    default:
      return status >= 500
        ? createError('internal_error', {})
        : createError('auth_invalid', { reason });
  }
}

function withReason(error: ObjectOSError, reason: string): ObjectOSError {
  const details = { ...error.details, reason };
  return Object.assign(error, { details });
}

async function readRefusal(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => ({}));
  return typeof body === 'object' && body !== null ? (body as Refusal) : {};
}

/** What sessions look like to the client that just signed in. */
export interface ClientSession {
  readonly id: string;
  readonly userId: string;
  readonly expiresAt: string;
}

/**
 * Adds what the published clients read (`data.token`) beside better-auth's own keys. A session's
 * token is told to whom signs in with it, and to whom sends it as a bearer; never to a page that
 * only has the cookie, from which a script could steal it.
 */
export function forClients(
  body: Record<string, unknown>,
  { session, tellsToken }: { session?: ClientSession | undefined; tellsToken: boolean },
): Record<string, unknown> {
  if (typeof body['token'] === 'string') {
    return { ...body, data: { token: body['token'], user: body['user'], session } };
  }
  const own = body['session'];
  if (typeof own !== 'object' || own === null) return body;
  const { token, ...rest } = own as Record<string, unknown>;
  const shown = tellsToken ? { ...rest, token } : rest;
  return {
    ...body,
    session: shown,
    data: { session: shown, user: body['user'], ...(tellsToken ? { token } : {}) },
  };
}

import { entry } from '../define.js';

/** Errors of sign-in, sessions and API keys. None of them tells whether an account exists. */
export const authErrors = {
  invalid_credentials: entry<Record<string, never>>({
    category: 'authentication',
    status: 401,
    message: () => 'E-mail and password do not fit.',
    hint: () => 'Check both, or ask for a new password at POST /api/auth/request-password-reset.',
  }),
  directory_unavailable: entry<{ provider: string }>({
    category: 'server',
    status: 503,
    retryable: true,
    message: (p) => `The directory "${p.provider}" does not answer.`,
    hint: () =>
      'Try again soon. The log says why: an address, a certificate or the password of "bindDn".',
  }),
  saml_response_refused: entry<{ provider: string; reason: string }>({
    category: 'authentication',
    status: 401,
    message: (p) => `The answer of "${p.provider}" is not accepted: ${p.reason}.`,
    hint: () =>
      'Sign in again. If it stays so, compare the settings here with those of the provider: names, addresses, certificates, clocks.',
  }),
  account_unknown: entry<{ provider: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `"${p.provider}" knows you, but you have no account here.`,
    hint: (p) =>
      `Ask an administrator for one; "signUp: true" of the provider "${p.provider}" makes one at the first sign-in.`,
  }),
  account_not_linked: entry<{ provider: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `Another account has the e-mail address that "${p.provider}" gives for you.`,
    hint: (p) =>
      `Sign in as you did before. "linkByEmail" and "emailDomains" of the provider "${p.provider}" join verified addresses.`,
  }),
  email_not_verified: entry<Record<string, never>>({
    category: 'authorization',
    status: 403,
    message: () => 'The e-mail address is not verified yet.',
    hint: () => 'Open the link in the message that was sent to it.',
  }),
  account_disabled: entry<Record<string, never>>({
    category: 'authorization',
    status: 403,
    message: () => 'This account is disabled.',
    hint: () => 'Ask an administrator.',
  }),
  organization_suspended: entry<{ organization: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `The organization "${p.organization}" is suspended.`,
    hint: () => 'Ask whoever runs this installation; nothing of it is lost.',
  }),
  tenant_not_found: entry<{ organization: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no organization with the id "${p.organization}".`,
    hint: () => 'Take the id of a record of the object "organization".',
  }),
  tenant_exists: entry<{ organization: string }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `This installation has records of the organization "${p.organization}" already.`,
    hint: () => 'Import into another installation, or erase the organization first.',
  }),
  tenant_not_erased: entry<{ organization: string; table: string }>({
    category: 'server',
    status: 500,
    message: (p) => `Of the organization "${p.organization}" something is left in "${p.table}".`,
    hint: () =>
      'A plugin keeps its id in a column of its own. Remove these rows, and tell its authors.',
  }),
  tenant_archive_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The archive can't be imported: ${p.reason}.`,
    hint: () =>
      'Import what "objectos tenant export" wrote, whole, into an installation with the same metadata.',
  }),
  second_factor_refused: entry<{ reason: string }>({
    category: 'authentication',
    status: 401,
    message: (p) => `The second factor is not accepted: ${p.reason}`,
    hint: () => 'Take the code that is shown now, or a recovery code that was not used yet.',
  }),
  session_not_fresh: entry<{ minutes: number }>({
    category: 'authorization',
    status: 403,
    message: (p) =>
      `You have no password here, and this needs a sign-in of your own of the last ${p.minutes} minutes.`,
    hint: () => 'Sign in again as you always do, and then do this first.',
  }),
  too_many_attempts: entry<{ seconds: number }>({
    category: 'rate_limit',
    status: 429,
    retryable: true,
    message: (p) => `Too many attempts. Try again in ${p.seconds} seconds.`,
    hint: () => 'Wait; what comes earlier is not looked at.',
  }),
  rate_limit_exceeded: entry<{ limit: number; seconds: number }>({
    category: 'rate_limit',
    status: 429,
    retryable: true,
    message: (p) => `More than ${p.limit} requests per minute.`,
    hint: (p) => `Go on in ${p.seconds} seconds.`,
  }),
  password_rejected: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `This password cannot be used: ${p.reason}.`,
    hint: () => 'Take a longer one that nobody else uses, such as four random words.',
  }),
  user_exists: entry<Record<string, never>>({
    category: 'conflict',
    status: 409,
    message: () => 'There is a user with this e-mail address.',
    hint: () => 'Take another address.',
  }),
  origin_refused: entry<{ reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `The page that sends this request is not trusted: ${p.reason}`,
    hint: () => 'Add its origin to "trustedOrigins" of @objectos/auth.',
  }),
  redirect_refused: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The address to go on to is not trusted: ${p.reason}`,
    hint: () => 'Give a path of this server, or add the origin to "trustedOrigins".',
  }),
  token_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The link or token is not valid: ${p.reason}`,
    hint: () => 'It may be used or expired. Ask for a new one.',
  }),
  auth_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The request was refused: ${p.reason}`,
    hint: () => 'Correct it and send it again.',
  }),
  auth_forbidden: entry<{ reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `This is not allowed: ${p.reason}`,
    hint: () => 'Ask somebody with more rights.',
  }),
  auth_not_found: entry<{ reason: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => p.reason,
    hint: () => 'Check the name or id.',
  }),
  setup_closed: entry<Record<string, never>>({
    category: 'not_found',
    status: 404,
    message: () => 'This set-up link is not valid.',
    hint: () => 'The link of this start is printed where the server was started, once.',
  }),
  auth_secret_required: entry<{ reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `Sign-in needs a secret: ${p.reason}.`,
    hint: () =>
      'Set OBJECTOS_SECRET to at least 32 random characters, e.g. from "openssl rand -base64 32".',
  }),
};

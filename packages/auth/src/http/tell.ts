import type { PluginContext } from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import type { Told } from './handler.js';

/** Endpoints that leave nothing to tell: they read, or ask for a challenge. */
const SILENT =
  /^\/(?:get-session|list-|admin\/(?:list|get)-|organization\/(?:list|get|check)|passkey\/(?:generate|list)|sign-in\/saml$)/;

/** Endpoints that fail when somebody does not get in. */
const WAYS_IN = /^\/(?:sign-in|callback|magic-link)\//;

const KINDS: Readonly<Record<string, string>> = {
  '/sign-out': 'sign_out',
  '/sign-up/email': 'sign_up',
  '/request-password-reset': 'password_reset_requested',
  '/reset-password': 'password_reset',
  '/change-password': 'password_changed',
  '/admin/impersonate-user': 'impersonation_started',
  '/admin/stop-impersonating': 'impersonation_ended',
  '/admin/ban-user': 'user_disabled',
  '/admin/unban-user': 'user_enabled',
  '/admin/set-role': 'role_changed',
};

/** Tells the events of sign-in: who came, who was refused, what was changed. No secret is in them. */
export function createTeller({ emit }: Pick<PluginContext<AuthConfig>, 'emit'>) {
  return ({ endpoint, context, body, signedIn, code }: Told): void => {
    if (SILENT.test(endpoint)) return;
    const { principal, origin, requestId } = context;
    const user = principal.kind === 'user' && principal.id !== 'anonymous' ? principal : undefined;
    const { email, username } = body;
    const account = email ?? username;
    emit('auth.event', {
      kind: kindOf(endpoint, signedIn !== undefined, code),
      endpoint,
      userId: signedIn?.userId ?? user?.id ?? null,
      account: typeof account === 'string' ? account.slice(0, 320) : null,
      impersonatedBy: user?.impersonatedBy ?? null,
      ip: origin?.ip ?? null,
      userAgent: origin?.userAgent ?? null,
      requestId,
      at: new Date().toISOString(),
      code: code ?? null,
    });
  };
}

function kindOf(endpoint: string, signedIn: boolean, code: string | undefined): string {
  const isWayIn = WAYS_IN.test(endpoint);
  const kind = KINDS[endpoint] ?? (signedIn || isWayIn ? 'sign_in' : 'changed');
  if (code !== undefined) return `${kind}_failed`;
  // A provider, a mail or a second factor has the next word: nobody is in yet.
  return isWayIn && !signedIn ? 'sign_in_started' : kind;
}

import type { Route } from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import { LDAP_PATH } from '../ldap/directories.js';
import { providersOf } from '../providers/config.js';
import { FINISH_PATH, SAML_PATH } from '../saml/paths.js';

type Method = Route['method'];
type Access = Route['access'];

/** An endpoint of better-auth that we serve. */
export interface Endpoint {
  readonly method: Method;
  /** Below `/api/auth`. */
  readonly path: string;
  readonly access: Access;
}

const open = (method: Method, path: string): Endpoint => ({ method, path, access: 'public' });
const closed = (method: Method, path: string): Endpoint => ({
  method,
  path,
  access: 'authenticated',
});
const posts = (...paths: string[]): Endpoint[] => paths.map((path) => closed('POST', path));
const gets = (...paths: string[]): Endpoint[] => paths.map((path) => closed('GET', path));

/**
 * The endpoints of better-auth that are served; what is not here does not exist. Public ones stand in
 * the server's list of public routes too. Sessions are listed and ended by endpoints of our own.
 */
export const ENDPOINTS: readonly Endpoint[] = [
  open('POST', '/sign-up/email'),
  open('POST', '/sign-in/email'),
  open('POST', '/sign-in/social'),
  open('POST', '/sign-in/magic-link'),
  open('POST', '/sign-out'),
  open('GET', '/get-session'),
  open('GET', '/callback/:id'),
  open('POST', '/callback/:id'),
  open('GET', '/verify-email'),
  open('POST', '/send-verification-email'),
  open('POST', '/request-password-reset'),
  open('GET', '/reset-password/:token'),
  open('POST', '/reset-password'),
  open('GET', '/magic-link/verify'),
  open('POST', '/two-factor/verify-totp'),
  open('POST', '/two-factor/verify-backup-code'),
  open('GET', '/passkey/generate-authenticate-options'),
  open('POST', '/passkey/verify-authentication'),
  ...posts('/change-password', '/change-email', '/verify-password', '/update-user'),
  ...posts('/link-social', '/unlink-account'),
  ...gets('/list-accounts'),
  ...posts('/two-factor/enable', '/two-factor/disable', '/two-factor/get-totp-uri'),
  ...posts('/two-factor/generate-backup-codes'),
  ...gets('/passkey/generate-register-options', '/passkey/list-user-passkeys'),
  ...posts('/passkey/verify-registration', '/passkey/delete-passkey', '/passkey/update-passkey'),
  ...posts('/admin/set-role', '/admin/create-user', '/admin/update-user', '/admin/remove-user'),
  ...posts('/admin/ban-user', '/admin/unban-user', '/admin/set-user-password'),
  ...posts('/admin/impersonate-user', '/admin/stop-impersonating', '/admin/revoke-user-sessions'),
  ...gets('/admin/list-users', '/admin/get-user'),
  ...organization(),
];

function organization(): Endpoint[] {
  const below = (name: string) => `/organization/${name}`;
  return [
    ...gets(...['list', 'get-organization', 'get-full-organization', 'get-invitation'].map(below)),
    ...gets(...['list-invitations', 'list-user-invitations', 'list-members'].map(below)),
    ...gets(
      ...['get-active-member', 'list-teams', 'list-user-teams', 'list-team-members'].map(below),
    ),
    ...posts(...['create', 'update', 'delete', 'set-active', 'check-slug', 'leave'].map(below)),
    ...posts(...['invite-member', 'cancel-invitation', 'accept-invitation'].map(below)),
    ...posts(...['reject-invitation', 'remove-member', 'update-member-role'].map(below)),
    ...posts(...['create-team', 'update-team', 'remove-team', 'set-active-team'].map(below)),
    ...posts(...['add-team-member', 'remove-team-member'].map(below)),
  ];
}

/** {@link ENDPOINTS}, and those of ways in that are configured. */
export function endpointsOf({ providers }: AuthConfig): readonly Endpoint[] {
  const hasDirectory = providersOf(providers, 'ldap').length > 0;
  const hasSaml = providersOf(providers, 'saml').length > 0;
  return [
    ...ENDPOINTS,
    ...(hasDirectory ? [open('POST', LDAP_PATH)] : []),
    ...(hasSaml ? [open('POST', SAML_PATH), open('GET', FINISH_PATH)] : []),
  ];
}

/** Where the endpoints are: our own place, and where published clients look without discovery. */
export const PREFIXES = ['/api/auth', '/api/v1/auth'] as const;

/** A route that needs no credential. */
export interface PublicRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path as it is registered, `:name` parts included. */
  readonly path: string;
  /** Why nobody need say who they are here. */
  readonly reason: string;
}

/**
 * Every route that answers without a credential. Everything that is not in this list is closed; a
 * test asks the router for all routes and fails on one that is open and not listed. Contributed
 * routes with `access: 'public'` must stand here too.
 */
export const PUBLIC_ROUTES: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/healthz',
    reason: 'liveness probes have no credential; it says one word',
  },
  {
    method: 'GET',
    path: '/readyz',
    reason: 'readiness probes have no credential; without one it says one word',
  },
  {
    method: 'GET',
    path: '/.well-known/objectstack',
    reason: 'clients discover the routes, and how to sign in, before they sign in',
  },
  { method: 'GET', path: '/api/discovery', reason: 'the same document under our prefix' },
  {
    method: 'GET',
    path: '/api/v1/discovery',
    reason: 'the same document, where newer clients look',
  },
];

/** Ways to sign in, which are there before somebody is. Served while the auth plugin is loaded. */
const SIGN_IN: readonly (readonly [PublicRoute['method'], string])[] = [
  ['POST', '/sign-up/email'],
  ['POST', '/sign-in/email'],
  ['POST', '/sign-in/social'],
  ['POST', '/sign-in/ldap'],
  ['POST', '/sign-in/saml'],
  ['POST', '/sign-in/saml/acs/:id'],
  ['GET', '/sign-in/saml/finish'],
  ['GET', '/sign-in/saml/metadata/:id'],
  ['POST', '/sign-in/magic-link'],
  ['POST', '/sign-out'],
  ['GET', '/get-session'],
  ['GET', '/providers'],
  ['GET', '/callback/:id'],
  ['POST', '/callback/:id'],
  ['GET', '/verify-email'],
  ['POST', '/send-verification-email'],
  ['POST', '/request-password-reset'],
  ['GET', '/reset-password/:token'],
  ['POST', '/reset-password'],
  ['GET', '/magic-link/verify'],
  ['POST', '/two-factor/verify-totp'],
  ['POST', '/two-factor/verify-backup-code'],
  ['GET', '/passkey/generate-authenticate-options'],
  ['POST', '/passkey/verify-authentication'],
];

/** The public routes that the auth plugin may contribute, under both prefixes. */
export const SIGN_IN_ROUTES: readonly PublicRoute[] = [
  ...['/api/auth', '/api/v1/auth'].flatMap((prefix) =>
    SIGN_IN.map(([method, path]) => ({
      method,
      path: prefix + path,
      reason: 'signing in is done by who is not signed in; sign-in checks each on its own',
    })),
  ),
  { method: 'GET', path: '/setup', reason: 'the first administrator comes with a one-time token' },
  { method: 'POST', path: '/setup', reason: 'the first administrator comes with a one-time token' },
];

/** The page by which one gets out of mail, and where providers report. What comes there is signed. */
export const NOTIFICATION_ROUTES: readonly PublicRoute[] = (['GET', 'POST'] as const).flatMap(
  (method) => [
    {
      method,
      path: '/api/notifications/unsubscribe/:token',
      reason:
        'recipients of mail need no account, and mail programs post without one; links are signed',
    },
    {
      method,
      path: '/api/notifications/callbacks/:provider',
      reason: 'providers of messages tell what became of them; each signs what it sends',
    },
  ],
);

const known: ReadonlySet<string> = new Set(
  PUBLIC_ROUTES.map((route) => `${route.method} ${route.path}`),
);

/** Files at signed addresses, which the storage plugin contributes. */
export const SIGNED_FILE_ROUTES: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/api/storage/signed/:id',
    reason: 'the address bears a signature for one file, until a moment',
  },
  {
    method: 'PUT',
    path: '/api/storage/signed/:id',
    reason: 'the published clients upload without a credential to an address that they were given',
  },
];

/**
 * True for a public route without `:name` parts. The comparison is with the raw path, so no
 * encoding, case, slash or semicolon can make another route look like one of these.
 */
export function isPublicPath(method: string, rawPath: string): boolean {
  return known.has(`${method === 'HEAD' ? 'GET' : method} ${rawPath}`);
}

const contributed: ReadonlySet<string> = new Set(
  [...SIGN_IN_ROUTES, ...SIGNED_FILE_ROUTES, ...NOTIFICATION_ROUTES].map(
    (route) => `${route.method} ${route.path}`,
  ),
);

/** True when a list names this route, as it was registered. */
export function isListedPublic(method: string, registeredPath: string): boolean {
  const route = `${method} ${registeredPath}`;
  return known.has(route) || contributed.has(route);
}

import type { DataEngine, Logger } from '@objectos/spec/contracts';
import type { AuthContext, BetterAuthOptions, BetterAuthPlugin } from 'better-auth';
import { engineAdapter } from '../adapter/adapter.js';
import type { AuthConfig } from '../config.js';
import { cookieSettings } from '../principal/cookies.js';
import { IP_HEADER } from '../http/forward.js';
import type { Mails } from './mails.js';
import { currentScope, storageContext } from './request-scope.js';
import { LDAP_PATH, type Directories } from '../ldap/directories.js';
import { oauthProviders } from '../providers/config.js';
import { genericConfigs } from '../providers/generic.js';
import { samlProviders } from '../saml/providers.js';
import { createTickets } from '../saml/tickets.js';
import { createHooks } from './session-hooks.js';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** What better-auth is built from. */
export interface BetterAuthParts {
  readonly engine: DataEngine;
  readonly config: AuthConfig;
  readonly secret: string;
  /** Origin of the installation: of links, cookies and callbacks. */
  readonly origin: string;
  readonly mails: Mails;
  readonly logger: Logger;
  /** Directories that are asked by LDAP, by their ids. */
  readonly directories: Directories;
}

/** Builds better-auth. Loaded on the first request that needs it: it is the heaviest part of us. */
export async function createBetterAuth(parts: BetterAuthParts): Promise<BetterAuth> {
  const [{ betterAuth }, plugins] = await Promise.all([import('better-auth'), loadPlugins(parts)]);
  const options: BetterAuthOptions = { ...baseOptions(parts), plugins };
  const auth = betterAuth(options);
  const { socialProviders } = await auth.$context;
  const found = new Set(socialProviders.map((provider) => provider.id));
  const missing = oauthProviders(parts.config.providers)
    .map(([id]) => id)
    .filter((id) => !found.has(id));
  for (const provider of missing) {
    parts.logger.warn({ provider }, 'this identity provider cannot be reached; it is tried again');
  }
  return { handler: auth.handler, $context: auth.$context, isComplete: missing.length === 0 };
}

/** What we use of better-auth. */
export interface BetterAuth {
  handler(request: Request): Promise<Response>;
  /** False while a provider could not be asked for its addresses. */
  readonly isComplete: boolean;
  readonly $context: Promise<Pick<AuthContext, 'internalAdapter' | 'password'>>;
}

function baseOptions(parts: BetterAuthParts) {
  const { engine, config, secret, origin, mails, logger } = parts;
  return {
    appName: 'ObjectOS',
    baseURL: origin,
    basePath: '/api/auth',
    secret,
    database: engineAdapter({ engine, context: storageContext }),
    trustedOrigins: [origin, ...config.trustedOrigins],
    telemetry: { enabled: false },
    // Attempts are counted by our own limiter, in every environment and for every way in.
    rateLimit: { enabled: false },
    logger: { level: 'warn', log: (level, message) => logger.debug({ level }, message) },
    onAPIError: { onError: rememberFailure },
    emailAndPassword: {
      enabled: true,
      disableSignUp: config.signUp === 'closed',
      requireEmailVerification: config.verifyEmail,
      minPasswordLength: 1,
      maxPasswordLength: config.password.maxLength,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: HOUR,
      sendResetPassword: async ({ user, url }) => mails.resetPassword(user.email, url),
      onExistingUserSignUp: async ({ user }) => mails.alreadyRegistered(user.email),
    },
    emailVerification: {
      sendOnSignUp: config.verifyEmail,
      expiresIn: DAY,
      sendVerificationEmail: async ({ user, url }) => mails.verifyAddress(user.email, url),
    },
    user: {
      changeEmail: {
        enabled: true,
        sendChangeEmailConfirmation: async ({ user, url, newEmail }) =>
          mails.confirmNewAddress(user.email, url, newEmail),
      },
    },
    session: {
      expiresIn: config.session.days * DAY,
      updateAge: config.session.refreshHours * HOUR,
      // A cached session would outlive its end, and let a half finished sign-in pass.
      cookieCache: { enabled: false },
    },
    account: {
      encryptOAuthTokens: true,
      accountLinking: { enabled: true, disableImplicitLinking: true, allowDifferentEmails: false },
    },
    verification: { storeIdentifier: 'hashed' },
    advanced: {
      ...cookieSettings(origin),
      // Said, because better-auth leaves these checks out by itself where it believes to be tested.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ipAddress: { ipAddressHeaders: [IP_HEADER] },
    },
    databaseHooks: createHooks(engine),
  } satisfies BetterAuthOptions;
}

async function loadPlugins(parts: BetterAuthParts): Promise<BetterAuthPlugin[]> {
  const { origin, mails, config } = parts;
  const [{ admin, bearer, genericOAuth, magicLink, organization, twoFactor }, { passkey }] =
    await Promise.all([import('better-auth/plugins'), import('@better-auth/passkey')]);
  return [
    admin({ impersonationSessionDuration: HOUR, bannedUserMessage: 'This account is disabled.' }),
    organization({
      teams: { enabled: true, defaultTeam: { enabled: false } },
      allowUserToCreateOrganization: (user) => user['role'] === 'admin',
      requireEmailVerificationOnInvitation: true,
      sendInvitationEmail: async ({ id, email, organization: { name } }) =>
        mails.invitation(email, name, `${origin}/accept-invitation?id=${encodeURIComponent(id)}`),
    }),
    askingDirectories(
      twoFactor({
        issuer: 'ObjectOS',
        backupCodeOptions: { storeBackupCodes: 'encrypted' },
        // Who has no password here proves a fresh sign-in instead: `checkFreshSession`.
        allowPasswordless: true,
      }),
    ),
    magicLink({
      storeToken: 'hashed',
      disableSignUp: config.signUp === 'closed',
      sendMagicLink: async ({ email, url }) => mails.signInLink(email, url),
    }),
    passkey({ rpID: new URL(origin).hostname, rpName: 'ObjectOS', origin }),
    genericOAuth({ config: genericConfigs(config.providers) }),
    bearer(),
    ...(await loadDirectories(parts)),
    ...(await loadSaml(parts)),
  ];
}

async function loadDirectories(parts: BetterAuthParts): Promise<BetterAuthPlugin[]> {
  const { engine, logger, directories, config } = parts;
  if (directories.size === 0) return [];
  const { ldapSignIn } = await import('../ldap/endpoint.js');
  return [ldapSignIn({ engine, logger, directories, maxPassword: config.password.maxLength })];
}

async function loadSaml({ engine, logger, origin, config }: BetterAuthParts) {
  const providers = samlProviders(config.providers);
  if (providers.size === 0) return [];
  const { samlSignIn } = await import('../saml/endpoints.js');
  return [samlSignIn({ engine, logger, origin, providers, tickets: createTickets(engine) })];
}

/** Who has a second factor is asked for it behind a directory's password too. */
function askingDirectories<P extends BetterAuthPlugin>(plugin: P): P {
  const after = plugin.hooks?.after?.map((hook) => ({
    ...hook,
    matcher: (context: Parameters<typeof hook.matcher>[0]) =>
      context.path === LDAP_PATH || hook.matcher(context),
  }));
  return { ...plugin, hooks: { ...plugin.hooks, after } };
}

/** Keeps what better-auth would turn into a bare 500. Its own errors it answers itself. */
function rememberFailure(error: unknown): void {
  const scope = currentScope();
  if (scope === undefined || !(error instanceof Error) || error.name === 'APIError') return;
  scope.failure ??= error;
}

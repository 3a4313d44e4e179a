import type { GenericOAuthConfig } from 'better-auth/plugins';
import { oauthProviders, type OAuthConfig, type ProviderConfig } from './config.js';
import { githubUser } from './github.js';

const OPENID_SCOPES = ['openid', 'email', 'profile'];

/** The settings of better-auth for each configured provider. */
export function genericConfigs(
  providers: Readonly<Record<string, ProviderConfig>>,
): GenericOAuthConfig[] {
  return oauthProviders(providers).map(([id, provider]) => genericConfig(id, provider));
}

function genericConfig(id: string, provider: OAuthConfig): GenericOAuthConfig {
  const { clientId, clientSecret, label, signUp } = provider;
  const shared = {
    providerId: id,
    name: label ?? id,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    pkce: true,
    disableImplicitSignUp: !signUp,
  };
  if (provider.kind === 'github') return { ...shared, ...github(provider) };
  return {
    ...shared,
    scopes: [...(provider.scopes ?? OPENID_SCOPES)],
    discoveryUrl: `${issuerOf(provider).replace(/\/$/, '')}/.well-known/openid-configuration`,
    // What the provider says of a person counts only under its signature.
    requireIdTokenVerification: true,
  };
}

function issuerOf(provider: Exclude<OAuthConfig, { kind: 'github' }>): string {
  switch (provider.kind) {
    case 'oidc':
      return provider.issuer;
    case 'google':
      return provider.issuer ?? 'https://accounts.google.com';
    case 'microsoft':
      return provider.issuer ?? `https://login.microsoftonline.com/${provider.tenant}/v2.0`;
  }
}

/** GitHub speaks OAuth, not OpenID: who it is must be asked for. */
function github(provider: Extract<OAuthConfig, { kind: 'github' }>) {
  const { site = 'https://github.com', api = 'https://api.github.com', scopes } = provider;
  return {
    authorizationUrl: `${site}/login/oauth/authorize`,
    tokenUrl: `${site}/login/oauth/access_token`,
    scopes: [...(scopes ?? ['read:user', 'user:email'])],
    getUserInfo: ({ accessToken }: { readonly accessToken?: string | undefined }) =>
      githubUser(api, accessToken ?? ''),
  };
}

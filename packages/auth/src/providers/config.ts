import { z } from 'zod';
import { ldapSchema } from '../ldap/config.js';
import { samlSchema } from '../saml/config.js';

const URL_PATTERN =
  /^https:\/\/[^\s]+$|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/[^\s]*)?$/;
const address = z.string().regex(URL_PATTERN, 'an https address');

const common = {
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  /** How the provider is called on buttons. */
  label: z.string().min(1).max(100).optional(),
  scopes: z.array(z.string().min(1)).optional(),
  /** Whom the provider knows and we don't may come in, and becomes a user. Default: nobody new. */
  signUp: z.boolean().default(false),
};

/** One identity provider, by the kind of protocol it speaks. */
export const providerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('oidc'),
    ...common,
    /** Address below which `/.well-known/openid-configuration` lies. */
    issuer: address,
  }),
  z.strictObject({ kind: z.literal('google'), ...common, issuer: address.optional() }),
  z.strictObject({
    kind: z.literal('microsoft'),
    ...common,
    /** Directory (tenant) id. */
    tenant: z.string().regex(/^[A-Za-z0-9.-]+$/),
    issuer: address.optional(),
  }),
  z.strictObject({
    kind: z.literal('github'),
    ...common,
    /** Of GitHub Enterprise; default `https://github.com` and `https://api.github.com`. */
    site: address.optional(),
    api: address.optional(),
  }),
  ldapSchema,
  samlSchema,
]);

/** An identity provider as it is configured. */
export type ProviderConfig = z.output<typeof providerSchema>;

/** Providers by the id under which clients name them. */
export const providersSchema = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .refine((id) => id !== 'credential', 'this id means passwords; take another one'),
  providerSchema,
);

/** Providers that speak OAuth or OpenID, which better-auth knows by itself. */
export type OAuthConfig = Exclude<ProviderConfig, { kind: 'ldap' | 'saml' }>;

/** The providers of these kinds, with their ids. */
export function providersOf<K extends ProviderConfig['kind']>(
  providers: Readonly<Record<string, ProviderConfig>>,
  ...kinds: readonly K[]
): [string, Extract<ProviderConfig, { kind: K }>][] {
  return Object.entries(providers).filter(
    (entry): entry is [string, Extract<ProviderConfig, { kind: K }>] =>
      kinds.some((kind) => kind === entry[1].kind),
  );
}

/** {@link OAuthConfig}, by id. */
export function oauthProviders(providers: Readonly<Record<string, ProviderConfig>>) {
  return providersOf(providers, 'oidc', 'google', 'microsoft', 'github');
}

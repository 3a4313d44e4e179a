import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from './client.js';

/** People that the provider knows, by the login they use there. */
export interface Person {
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

/** A running OpenID provider of a test. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Starts to serve, for a client that is called back at `redirectUri`. */
  serve(redirectUris: readonly string[]): Promise<void>;
  /** Walks through the provider's pages as a person; answers the address it sends back to. */
  signIn(authorizationUrl: string, login: string): Promise<URL>;
  stop(): Promise<void>;
}

const MAX_STEPS = 20;

/** Starts the npm package `oidc-provider` on a free port. */
export async function startIdentityProvider(
  people: Readonly<Record<string, Person>>,
): Promise<IdentityProvider> {
  let handle: (request: unknown, response: unknown) => void = () => undefined;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    async serve(redirectUris) {
      const { default: Provider } = await import('oidc-provider');
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: 'objectos',
            client_secret: 'secret-of-the-client',
            redirect_uris: [...redirectUris],
          },
        ],
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        conformIdTokenClaims: false,
        pkce: { required: () => true },
        cookies: { keys: ['a key of the test'] },
        findAccount: (_ctx: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id, ...people[id] }),
        }),
      });
      handle = provider.callback();
    },
    async signIn(authorizationUrl, login) {
      const browser = createClient(issuer);
      let next = new URL(authorizationUrl);
      for (let step = 0; step < MAX_STEPS; step += 1) {
        if (next.origin !== issuer) return next;
        const page = await browser.get(next.href);
        const location = page.headers.get('location');
        if (location !== null) {
          next = new URL(location, issuer);
          continue;
        }
        const prompt = page.text.includes('name="login"') ? 'login' : 'consent';
        const form = new URLSearchParams({
          prompt,
          ...(prompt === 'login' ? { login, password: 'any' } : {}),
        });
        const done = await browser.post(next.href, form.toString(), {
          'content-type': 'application/x-www-form-urlencoded',
        });
        next = new URL(done.headers.get('location') ?? '', issuer);
      }
      throw new Error(`the provider asks for more than ${MAX_STEPS} steps, last ${next.href}`);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

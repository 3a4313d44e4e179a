import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAuthServer, type AuthServer } from './support/server.js';

let github: Server;
let server: AuthServer;
let mails: unknown[] = [];

/** Answers as GitHub's token endpoint and its API do. */
const ANSWERS: Readonly<Record<string, () => unknown>> = {
  '/login/oauth/access_token': () => ({
    access_token: 'gho_x',
    token_type: 'bearer',
    scope: 'user:email',
  }),
  '/user': () => ({ id: 583231, login: 'octocat', name: null, avatar_url: null }),
  '/user/emails': () => mails,
};

beforeAll(async () => {
  github = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(ANSWERS[request.url ?? '']?.() ?? {}));
  });
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  const site = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  const provider = {
    kind: 'github',
    clientId: 'id',
    clientSecret: 'secret',
    site,
    api: site,
    signUp: true,
  };
  server = await startAuthServer({
    stopAfterTest: false,
    config: { providers: { github: provider } },
  });
});
afterAll(async () => {
  await stopAndCheck(server.kernel);
  await new Promise((resolve) => github.close(resolve));
});

async function signIn() {
  const visitor = server.visitor();
  const started = await visitor.post('/api/auth/sign-in/social', {
    provider: 'github',
    callbackURL: '/done',
  });
  const state = new URL(started.body.url as string).searchParams.get('state') ?? '';
  const answer = await visitor.get(
    `/api/auth/callback/github?code=abc&state=${encodeURIComponent(state)}`,
  );
  return { visitor, answer };
}

it('takes the address that GitHub verified', async () => {
  mails = [
    { email: 'other@example.com', primary: false, verified: true },
    { email: 'octo@example.com', primary: true, verified: true },
  ];
  const { visitor, answer } = await signIn();
  expect(answer.headers.get('location')).toBe('/done');
  const { user } = (await visitor.get('/api/auth/get-session')).body;
  expect(user).toMatchObject({ email: 'octo@example.com', name: 'octocat', emailVerified: true });
});

it('lets nobody in whose address GitHub did not verify', async () => {
  mails = [{ email: 'victim@example.com', primary: true, verified: false }];
  const { visitor } = await signIn();
  expect((await visitor.get('/api/who-am-i')).status).toBe(401);
});

import { expect } from 'vitest';
import { main } from '../src/index.js';

/** A password that the policy takes. */
export const PASSWORD = 'four random words here';

/** What the command tells when it listens. */
export interface Listening {
  readonly url: string;
  readonly setupUrl?: string;
  readonly outbox?: string;
  readonly startupToken?: string;
}

/** Runs `objectos start` on a folder, in this process, on a free port. */
export async function serveFolder(folder: string, environment: Record<string, string> = {}) {
  let out = '';
  let err = '';
  const stop = new AbortController();
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment,
    signal: stop.signal,
  };
  const ended = main(['start', folder, '--port', '0', '--json'], io);
  await expect
    .poll(() => out.includes('"listening"') || err.includes('failed'), { timeout: 60_000 })
    .toBe(true);
  const listening = out === '' ? undefined : (JSON.parse(out.split('\n')[0] ?? '') as Listening);
  const call = async (
    method: string,
    target: string,
    options: { body?: object; token?: string } = {},
  ) => {
    const { body, token } = options;
    const answer = await fetch((listening?.url ?? '') + target, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
    return { status: answer.status, body: (await answer.json()) as any };
  };
  const failure = () => JSON.parse(err.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  const finish = async () => {
    stop.abort();
    return ended;
  };
  return { listening, call, finish, failure, err: () => err };
}

/** Signs somebody in who has {@link PASSWORD}. @returns the bearer token */
export async function signIn(
  call: Awaited<ReturnType<typeof serveFolder>>['call'],
  email: string,
): Promise<string> {
  const { body } = await call('POST', '/api/auth/sign-in/email', {
    body: { email, password: PASSWORD },
  });
  return body.data.token as string;
}

/** Makes the first administrator with the link of the start, and signs them in. @returns the token */
export async function firstAdministrator({
  call,
  listening,
}: Awaited<ReturnType<typeof serveFolder>>): Promise<string> {
  const token = new URL(listening?.setupUrl ?? '').searchParams.get('token');
  const root = { name: 'Root', email: 'root@example.com', password: PASSWORD };
  expect((await call('POST', '/setup', { body: { ...root, token } })).status).toBe(201);
  return signIn(call, root.email);
}

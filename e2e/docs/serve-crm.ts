import { main } from '@objectos/cli';
import { expect, vi } from 'vitest';
import { exampleFolder, temporaryDatabase } from '../examples/boot-application.js';

/** Serves the CRM as `objectos start` does, in a database that goes away unless one is given. */
export async function serveCrm(place?: string) {
  let out = '';
  let err = '';
  const stop = new AbortController();
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: {},
    signal: stop.signal,
  };
  const database = place ?? (await temporaryDatabase());
  const args = ['start', exampleFolder('crm'), '--port', '0', '--database', database, '--json'];
  const ended = main(args, io);
  await vi.waitFor(() => expect(out + err).toMatch(/listening|failed/), { timeout: 120_000 });
  expect(err).not.toMatch(/"level":"(?:warn|error)"/);
  const { url, setupUrl } = JSON.parse(out) as { url: string; setupUrl: string };
  const finish = async () => {
    stop.abort();
    await ended;
  };
  return { url, token: new URL(setupUrl).searchParams.get('token') ?? '', finish };
}

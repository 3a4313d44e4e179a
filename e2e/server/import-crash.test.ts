import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root, startServer, temporaryFolder, token } from '../support/server.js';

/** What is read of a job. */
interface Shown {
  readonly state: string;
  readonly attempt: number;
  readonly work: { readonly done: number } | null;
  readonly result: unknown;
}

const KILLS = 3;
const ROWS = 20_000;
const folder = temporaryFolder();
afterAll(() => folder.remove());

it(
  `imports each row once, over up to ${KILLS} kills of the server`,
  { timeout: 240_000 },
  async () => {
    const application = path.join(folder.path, 'application');
    cpSync(path.join(root, 'e2e/server/imports'), application, { recursive: true });
    const database = path.join(folder.path, 'import.sqlite');
    const start = () => startServer(application, { database });
    let server = await start();
    const lines = Array.from({ length: ROWS }, (_, index) => `Row ${index},${index}`);
    const accepted = await fetch(`${server.url}/api/data/row/import`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'text/csv',
        prefer: 'respond-async',
      },
      body: `name,number\n${lines.join('\n')}\n`,
    });
    expect(accepted.status).toBe(202);
    const job = accepted.headers.get('location')!;
    const look = async () => {
      const { body } = await server.request('GET', job);
      return (body as { readonly data: Shown }).data;
    };
    const done = async (): Promise<number> => (await look()).work?.done ?? 0;

    let kills = 0;
    while (kills < KILLS) {
      const before = await done();
      const next = async () => (await look()).state === 'completed' || (await done()) > before;
      await expect.poll(next, { interval: 20, timeout: 60_000 }).toBe(true);
      // A quick machine may be done before it is killed for the last time.
      if ((await look()).state === 'completed') break;
      await server.stop('SIGKILL');
      kills += 1;
      server = await start();
    }
    expect(kills).toBeGreaterThan(0);
    await expect
      .poll(async () => (await look()).state, { timeout: 120_000, interval: 100 })
      .toBe('completed');
    const { result, attempt } = await look();
    expect(result).toMatchObject({ row: ROWS, created: ROWS, failed: 0 });
    expect(attempt).toBeGreaterThan(1);
    const counted = await server.request('GET', '/api/data/row?top=0');
    expect(counted.body.data.total).toBe(ROWS);
    const distinct = await server.request(
      'GET',
      '/api/data/row/aggregate?aggregations=count_distinct:number',
    );
    expect(JSON.stringify(distinct.body.data)).toContain(String(ROWS));
    await server.stop();
  },
);

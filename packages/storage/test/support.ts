import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { databaseService, objectqlPlugin, type Database } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-storage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The application's database on SQLite, for the running test. */
export async function sqliteDatabase(): Promise<Database> {
  return openDatabase(`sqlite:${path.join(await temporaryFolder(), 'data.sqlite')}`);
}

const server = await findPostgres();

/** Makes an empty place on PostgreSQL for the running test; `undefined` where no server answers. */
export const postgresUrl =
  server === undefined
    ? undefined
    : async (): Promise<string> => {
        const place = await emptyPostgres(server);
        onTestFinished(() => place.drop());
        return place.url;
      };

/** Makes a database there. */
export const postgresDatabase =
  postgresUrl === undefined
    ? undefined
    : async (): Promise<Database> => openDatabase(await postgresUrl());

async function openDatabase(url: string): Promise<Database> {
  const kernel = await createTestKernel({
    plugins: [objectqlPlugin({ driver: new SqlDriver({ url }) })],
  });
  return kernel.service(databaseService);
}

/** The Redis that tests may use, or nothing where none answers. */
export async function findRedis(): Promise<string | undefined> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return (await answers(Number(port || 6379), hostname)) ? url : undefined;
}

/** A key prefix of this test alone. */
export const uniquePrefix = (): string => `test:${randomUUID()}`;

/** Whether this machine has a Redis server to start. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Starts a Redis of its own; a second one on the same port takes its place once it ended. */
export async function startRedis(port: number) {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()];
  const running = spawn('redis-server', args, { stdio: 'ignore' });
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  const stop = async () => {
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGCONT');
    running.kill();
    await gone;
  };
  /** Lets it hang: it keeps its connections and answers nothing. */
  return Object.assign(stop, { freeze: () => void running.kill('SIGSTOP') });
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

/** The code of the catalogue error with which `work` fails. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no refusal';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}

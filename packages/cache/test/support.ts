import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The Redis that tests may use, or nothing where none answers. */
export async function findRedis(): Promise<string | undefined> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return (await answers(Number(port || 6379), hostname)) ? url : undefined;
}

/** A key prefix of this test alone. */
export const uniquePrefix = (): string => `test:${randomUUID()}`;

/** A Redis of one test, which it may stop and start. */
export interface PrivateRedis {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Lets it hang: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** Whether this machine has a Redis server to start. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Makes a Redis on a free port that keeps its data over a restart. */
export async function createPrivateRedis(): Promise<PrivateRedis & { remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-redis-'));
  const port = await freePort();
  let running: ReturnType<typeof spawn> | undefined;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const redis: PrivateRedis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      running = spawn('redis-server', [...args, '--appendonly', 'yes', '--save', ''], {
        stdio: 'ignore',
      });
      while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async stop() {
      const stopped = running;
      running = undefined;
      if (stopped === undefined) return;
      const gone = new Promise((resolve) => stopped.once('exit', resolve));
      // A clean end writes what was told, as a real outage of the network would keep it.
      execFile('redis-cli', ['-p', String(port), 'shutdown', 'nosave'], () => undefined);
      await gone;
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
  };
  await redis.start();
  return {
    ...redis,
    async remove() {
      redis.thaw();
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

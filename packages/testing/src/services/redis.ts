import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Redis of one test, which it may stop, start, freeze and empty. */
export interface PrivateRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Kills it; what it had on its disk is there after the next start. */
  stop(): Promise<void>;
  /** Lets it hang: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** What `redis-cli` answers to a command. */
  command(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Whether this machine has a Redis server to start. */
export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Starts a Redis on a free port.
 *
 * @param options - `keeps`: it writes each command to its disk, and has its values after a restart
 */
export async function startPrivateRedis({ keeps = false } = {}): Promise<PrivateRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-redis-'));
  const port = await freePort();
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const durable = keeps ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
  let running: ChildProcess | undefined;
  const redis: PrivateRedis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      running = spawn('redis-server', [...place, ...durable], { stdio: 'ignore' });
      while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async stop() {
      const stopped = running;
      running = undefined;
      if (stopped === undefined) return;
      const gone = new Promise((resolve) => stopped.once('exit', resolve));
      stopped.kill('SIGKILL');
      await gone;
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    async command(...args) {
      const { stdout } = await run('redis-cli', ['-p', String(port), ...args]);
      return stdout.trim();
    },
    async remove() {
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
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

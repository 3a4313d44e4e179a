import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A PostgreSQL server that a test may stop and kill. */
export interface PrivatePostgres {
  readonly url: string;
  start(): void;
  /** `fast` ends sessions properly, `immediate` is like a crash. */
  stop(mode: 'fast' | 'immediate'): void;
  /** Kills the whole server at once. */
  kill(): void;
  remove(): void;
}

const ROOT = '/usr/lib/postgresql';

/** The folder of the newest server programs of the machine; `undefined` without any. */
export function serverPrograms(): string | undefined {
  const versions = existsSync(ROOT) ? readdirSync(ROOT).sort() : [];
  const folder = path.join(ROOT, versions.at(-1) ?? '', 'bin');
  return existsSync(path.join(folder, 'initdb')) ? folder : undefined;
}

/** Makes and starts a server in a temporary folder, on a free port. */
export async function privatePostgres(programs: string): Promise<PrivatePostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-postgres-'));
  const data = path.join(folder, 'data');
  const port = await freePort();
  // The server refuses to run as root.
  const owner = process.getuid?.() === 0 ? postgresUser() : undefined;
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(path.join(programs, program), args, {
      ...owner,
      cwd: folder,
      // What the server writes must not keep the pipes of this process open.
      stdio: ['ignore', 'ignore', program === 'initdb' ? 'pipe' : 'ignore'],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  };
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  const start = () =>
    run('pg_ctl', 'start', '-w', '-D', data, '-o', settings, '-l', path.join(folder, 'log'));
  run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop: (mode) => run('pg_ctl', 'stop', '-w', '-m', mode, '-D', data),
    kill() {
      const [pid] = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      rmSync(path.join(data, 'postmaster.pid'), { force: true });
    },
    remove() {
      spawnSync(path.join(programs, 'pg_ctl'), ['stop', '-m', 'immediate', '-D', data], {
        ...owner,
        stdio: 'ignore',
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function postgresUser(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import type { S3Config } from '../../src/index.js';

/** Debian's; one that comes first on the path would not know Debian's packages. */
const PYTHON = '/usr/bin/python3';
const S3_API = '/usr/lib/python3/dist-packages/swift/common/middleware/s3api';
const SERVER = fileURLToPath(new URL('server.py', import.meta.url));

/** Keys of one page of a list; the default of Swift is 1,000. */
export const PAGE_SIZE = 15;
const ACCOUNT = { accessKeyId: 'test:tester', secretAccessKey: 'the-key-of-the-tester' };
const REGION = 'eu-test-1';

/** An OpenStack Swift of this test, with its S3 API and one bucket. */
export interface TestSwift {
  /** Without a prefix; whoever uses the bucket takes one. */
  readonly config: S3Config;
  /** Starts it again, at the same address and with what it had on its disk. */
  start(): Promise<void>;
  /** Ends it at once, whatever it is doing. */
  kill(): Promise<void>;
  /** Resolves as soon as an object of more than this many bytes is being written. */
  isWriting(size: number): Promise<void>;
  /** Ends it, and removes what it had. */
  remove(): Promise<void>;
}

/** Starts one; `undefined`, with a warning, where this machine can't. */
export async function startSwift(): Promise<TestSwift | undefined> {
  if (!existsSync(PYTHON) || !existsSync(S3_API)) {
    return skip("Debian's package python3-swift is not installed");
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-swift-'));
  let running: ChildProcess | undefined;
  let port = 0;

  async function start(): Promise<string | undefined> {
    const settings = { folder, port, pageSize: PAGE_SIZE, region: REGION, ...ACCOUNT };
    const server = spawn(PYTHON, ['-W', 'ignore', SERVER, JSON.stringify(settings)], {
      // It ends with its input.
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running = server;
    const lines = createInterface({ input: server.stdout });
    const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as string[];
    if (line === undefined) throw new Error('OpenStack Swift does not start');
    if (line.startsWith('unusable: ')) return line;
    port = Number(line);
    return undefined;
  }

  async function kill(): Promise<void> {
    const killed = running;
    running = undefined;
    if (killed === undefined || killed.exitCode !== null) return;
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
  }

  async function remove(): Promise<void> {
    await kill();
    await rm(folder, { recursive: true, force: true });
  }

  const reason = await start();
  if (reason !== undefined) {
    await remove();
    return skip(reason);
  }
  const config = {
    ...{ endpoint: `http://127.0.0.1:${port}`, region: REGION, bucket: 'files', prefix: '' },
    ...ACCOUNT,
  };
  await makeBucket(config);
  return {
    config,
    async start() {
      await start();
    },
    kill,
    remove,
    isWriting: (size) => isWriting(running as ChildProcess, folder, size),
  };
}

async function makeBucket({ endpoint, bucket, ...account }: S3Config): Promise<void> {
  const client = new AwsClient({ ...account, service: 's3' });
  const { status } = await client.fetch(`${endpoint}/${bucket}`, { method: 'PUT' });
  if (status !== 200) throw new Error(`OpenStack Swift makes no bucket: ${status}`);
}

/** An object has no name until it is whole; the kernel tells what the server has open. */
async function isWriting({ pid }: ChildProcess, folder: string, size: number): Promise<void> {
  const opened = `/proc/${pid}/fd`;
  for (;;) {
    for (const number of await readdir(opened)) {
      const descriptor = path.join(opened, number);
      // It may be closed by now.
      const target = await readlink(descriptor).catch(() => '');
      if (!target.startsWith(folder) || !target.includes('/#')) continue;
      const found = await stat(descriptor).catch(() => undefined);
      if (found !== undefined && found.size > size) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function skip(reason: string): undefined {
  console.warn(`SKIPPED: files on a real S3 service (OpenStack Swift), because ${reason}.`);
  return undefined;
}

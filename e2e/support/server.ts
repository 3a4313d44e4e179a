import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The repository's folder. */
export const root = path.resolve(import.meta.dirname, '../..');

/** A token that tests start servers with, instead of the random one. */
export const token = 'e2e-token-0123456789abcdef0123456789abcdef';

/** One user with all rights, on this machine: for tests about something else than sign-in. */
const singleUser = { OBJECTOS_SECURITY: 'startup-token', OBJECTOS_STARTUP_TOKEN: token };

/** A server started by the built command, as a user starts it. */
export interface RunningServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it printed, both streams. */
  output(): string;
  request(
    method: string,
    target: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** An answer with its parsed body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies are read freely in assertions
  readonly body: any;
}

/** A temporary folder that lives as long as the test file. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-e2e-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts `objectos start <folder>` on a free port and waits until it listens. */
export async function startServer(
  folder: string,
  options: { database: string; args?: readonly string[]; env?: Record<string, string> },
): Promise<RunningServer> {
  const child = spawn(
    process.execPath,
    [
      path.join(root, 'packages/cli/bin/objectos.js'),
      'start',
      folder,
      '--port',
      '0',
      '--database',
      options.database.includes('://') ? options.database : `sqlite:${options.database}`,
      '--json',
      ...(options.args ?? []),
    ],
    {
      cwd: root,
      env: { ...process.env, ...singleUser, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const match = /"url":"(http:[^"]+)"/.exec(output);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) =>
      reject(new Error(`the server ended with ${String(code)}:\n${output}`)),
    );
  });
  return {
    url,
    child,
    output: () => output,
    request: (method, target, body, headers = {}) => send(url, { method, target, body, headers }),
    stop: (signal = 'SIGTERM') =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
        child.once('exit', (code) => resolve(code));
        child.kill(signal);
      }),
  };
}

async function send(
  url: string,
  request: { method: string; target: string; body: unknown; headers: Record<string, string> },
): Promise<Answer> {
  const { method, target, body, headers } = request;
  const answer = await fetch(url + target, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

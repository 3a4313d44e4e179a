import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'objectos-kernel-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Bundles an entry of the kernel from its sources into one module of plain JavaScript. */
export async function bundle(contents: string, platform: 'node' | 'browser', outfile: string) {
  return build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform,
    outfile,
    conditions: ['@objectos/source'],
    logLevel: 'silent',
    metafile: true,
  });
}

/** A process of its own, running a program that may import the kernel's sources. */
export async function startProgram(program: string): Promise<{
  child: ChildProcess;
  folder: string;
  output: () => string;
  /** Resolves when the program wrote `text`. */
  said: (text: string) => Promise<void>;
  exit: Promise<number | null>;
}> {
  const folder = await temporaryFolder();
  const file = join(folder, 'program.mjs');
  await bundle(program, 'node', file);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const changed = new Set<() => void>();
  const add = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const check of changed) check();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (text.includes(wanted)) resolve();
      };
      changed.add(check);
      check();
      void exit.then(() => {
        if (!text.includes(wanted)) reject(new Error(`it ended without "${wanted}": ${text}`));
      });
    });
  return { child, folder, output: () => text, said, exit };
}

import { transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root, temporaryFolder } from '../support/server.js';

const run = promisify(execFile);
const home = temporaryFolder();
const modules = path.join(home.path, 'node_modules');
afterAll(() => home.remove());

/** Packages whose README shows an example that needs no server and no test runner. */
const NEEDS_MORE = new Set(['driver-mongo', 'testing']);
const packages = readdirSync(path.join(root, 'packages'));
const exemplary = packages.filter(
  (folder) =>
    !NEEDS_MORE.has(folder) &&
    existsSync(path.join(root, 'packages', folder, 'test/readme-example.ts')),
);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Packs a package as it would be published, and unpacks it where an application would have it. */
async function install(folder: string): Promise<void> {
  const source = path.join(root, 'packages', folder);
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', home.path], {
    cwd: source,
  });
  const { filename } = JSON.parse(stdout) as { filename: string };
  const place = path.join(home.path, `unpacked-${folder}`);
  mkdirSync(place);
  await run('tar', ['-xzf', path.resolve(home.path, filename), '-C', place]);
  const unpacked = path.join(place, 'package');
  const text = await readFile(path.join(unpacked, 'package.json'), 'utf8');
  const { name, dependencies = {} } = JSON.parse(text) as Manifest;
  const target = path.join(modules, name);
  mkdirSync(path.dirname(target), { recursive: true });
  await rename(unpacked, target);
  // What others publish is linked, and only what the packed manifest declares.
  for (const dependency of Object.keys(dependencies)) {
    if (dependency.startsWith('@objectos/') || dependency.startsWith('@objectql/')) continue;
    const link = path.join(target, 'node_modules', dependency);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(realpathSync(path.join(source, 'node_modules', dependency)), link);
  }
}

beforeAll(async () => {
  const waiting = [...packages];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await install(next);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
}, 120_000);

/** What the comments of an example say that it prints, without white space; `…` is anything. */
function promised(sample: string): RegExp[] {
  const comments = [...sample.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)];
  return comments.map(([, text = '']) => {
    const parts = squeezed(text).split('…');
    return new RegExp(
      parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('.*'),
      'u',
    );
  });
}

/** What else the README has its reader install. */
function linkInstalled(folder: string, readme: string): void {
  const line = /^npm install (.+)$/m.exec(readme)?.[1] ?? '';
  for (const name of line.split(' ')) {
    const link = path.join(modules, name);
    if (name === '' || name.startsWith('-') || name.startsWith('@object') || existsSync(link)) {
      continue;
    }
    symlinkSync(realpathSync(path.join(root, 'packages', folder, 'node_modules', name)), link);
  }
}

function squeezed(text: string): string {
  return text.replace(/\s/g, '');
}

it.each(exemplary)('the README of %s runs from packed packages, in plain Node', async (folder) => {
  const readme = await readFile(path.join(root, 'packages', folder, 'README.md'), 'utf8');
  linkInstalled(folder, readme);
  const sample = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const { code } = await transform(sample, { loader: 'ts', format: 'esm' });
  const file = path.join(home.path, `${folder}.mjs`);
  await writeFile(file, code);
  const { stdout } = await run(process.execPath, [file], { cwd: root, timeout: 60_000 });
  expect(stdout).not.toBe('');
  for (const line of promised(sample)) expect(squeezed(stdout)).toMatch(line);
});

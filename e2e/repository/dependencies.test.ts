import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../support/server.js';

const read = (file: string): unknown =>
  parse(readFileSync(path.join(root, file), 'utf8'), { maxAliasCount: 0 }) as unknown;

const lockfile = z
  .object({
    packages: z.record(z.string(), z.object({ resolution: z.record(z.string(), z.unknown()) })),
  })
  .parse(read('pnpm-lock.yaml'));

it('every package of the lockfile comes from the registry, with a hash of its content', () => {
  const wrong = Object.entries(lockfile.packages).filter(
    ([, { resolution }]) =>
      Object.keys(resolution).join() !== 'integrity' ||
      !String(resolution['integrity']).startsWith('sha512-'),
  );
  expect(wrong).toEqual([]);
  expect(Object.keys(lockfile.packages).length).toBeGreaterThan(100);
});

it('no package may run a script when it is installed', () => {
  const workspace = z
    .object({
      onlyBuiltDependencies: z.array(z.string()).default([]),
      allowBuilds: z.record(z.string(), z.boolean()).default({}),
    })
    .parse(read('pnpm-workspace.yaml'));
  const manifest = z
    .object({
      pnpm: z
        .object({ onlyBuiltDependencies: z.array(z.string()) })
        .partial()
        .optional(),
    })
    .parse(read('package.json'));
  expect(workspace.onlyBuiltDependencies).toEqual([]);
  expect(Object.values(workspace.allowBuilds)).not.toContain(true);
  expect(manifest.pnpm?.onlyBuiltDependencies ?? []).toEqual([]);
});

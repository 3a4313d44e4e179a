import { silentLogger } from '@objectos/spec/contracts';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApplication } from '../src/application.js';
import { loadConfig } from '../src/config/load.js';

const NODES = 3;
const postgres = await findPostgres();

/** A plugin that takes a moment to install, and tells what happened to it. */
const plugin = (version: string) => `
import { appendFileSync } from 'node:fs';
const log = (line) => appendFileSync(new URL('log', import.meta.url), line + '\\n');
export default {
  id: 'com.example.slow',
  version: '${version}',
  async onInstall(ctx) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await ctx.storage.set('installed', ((await ctx.storage.get('installed')) ?? 0) + 1);
    log('installed');
  },
  async onUpgrade(ctx, from) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    log('upgraded from ' + from);
  },
  async onEnable(ctx) {
    log('runs after ' + (await ctx.storage.get('installed')));
  },
};
`;

describe.each([
  ['SQLite', async (folder: string) => `sqlite:${path.join(folder, 'data.sqlite')}`],
  [
    'PostgreSQL',
    async () => {
      const place = await emptyPostgres(postgres!);
      onTestFinished(() => place.drop());
      return place.url;
    },
  ],
])('nodes that first start together on %s', (kind, open) => {
  it.skipIf(kind === 'PostgreSQL' && postgres === undefined)(
    'install and upgrade a plugin once (skipped without the database)',
    async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-install-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const database = await open(folder);
      writeFileSync(path.join(folder, 'objectos.config.yml'), 'plugins: [./slow.mjs]\n');
      const start = async (version: string) => {
        writeFileSync(path.join(folder, 'slow.mjs'), plugin(version));
        writeFileSync(path.join(folder, 'log'), '');
        const loaded = await loadConfig({ folder, environment: {}, flags: { database } });
        const nodes = await Promise.all(
          Array.from({ length: NODES }, () =>
            createApplication(loaded, silentLogger, { headless: true, environment: 'dev' }),
          ),
        );
        try {
          await Promise.all(nodes.map(({ kernel }) => kernel.boot()));
        } finally {
          await Promise.all(nodes.map(({ kernel }) => kernel.stop()));
        }
        return readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n').sort();
      };
      const run = Array<string>(NODES).fill('runs after 1');
      expect(await start('1.0.0')).toEqual(['installed', ...run]);
      expect(await start('1.1.0')).toEqual([...run, 'upgraded from 1.0.0']);
    },
    120_000,
  );
});

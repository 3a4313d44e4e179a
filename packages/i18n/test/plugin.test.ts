import { definePlugin, i18nService, messagesPoint } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { i18nPlugin } from '../src/index.js';

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-i18n-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const greeter = definePlugin({
  manifest: { id: 'greeter', version: '1.0.0' },
  setup(ctx) {
    ctx.contribute(messagesPoint, { locale: 'de', messages: { hi: 'Hallo', bye: 'Tschüss' } });
  },
});

it('lays files over the messages of plugins, which leave with their plugin', async () => {
  const folder = await folderWith({ 'de.yml': 'hi: Servus\n', 'fr.json': '{"hi": "Salut"}' });
  const files = ['de.yml', 'fr.json'].map((name) => path.join(folder, name));
  const kernel = await createTestKernel({
    plugins: [i18nPlugin, greeter],
    config: { '@objectos/i18n': { files } },
  });
  const i18n = kernel.service(i18nService);
  expect(i18n.locales()).toEqual(['de', 'en', 'fr']);
  expect(i18n.translator('de').t('hi')).toBe('Servus');
  expect(i18n.translator('de').t('bye')).toBe('Tschüss');
  await kernel.disable('greeter');
  expect(i18n.translator('de').has('bye')).toBe(false);
  await kernel.enable('greeter');
  expect(i18n.translator('de').t('bye')).toBe('Tschüss');
});

it.each([
  ['de.yml', 'a: [1, 2'],
  ['de.yml', 'a: &x {b: c}\nd: *x\n'],
  ['de.yml', 'a: "{broken"'],
  ['de_.yml', 'a: b'],
  ['de.txt', 'a: b'],
])('does not start over a bad file: %s %s', async (name, text) => {
  const folder = await folderWith({ [name]: text });
  const start = createTestKernel({
    plugins: [i18nPlugin],
    config: { '@objectos/i18n': { files: [path.join(folder, name)] } },
    stopAfterTest: false,
  });
  await expect(start).rejects.toMatchObject({ code: 'kernel_boot_failed' });
});

it.each([{ timeZone: 'Mars/Base' }, { files: ['/nowhere/de.yml'] }, { defaultLocale: '1' }])(
  'refuses the configuration %j',
  async (config) => {
    const start = createTestKernel({
      plugins: [i18nPlugin],
      config: { '@objectos/i18n': config },
      stopAfterTest: false,
    });
    await expect(start).rejects.toMatchObject({ code: 'kernel_boot_failed' });
  },
);

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../src/index.js';

const OBJECT = `
name: account
label: Account
pluralLabel: Accounts
fields:
  name: { type: text, label: Name }
  stage: { type: select, label: Stage, options: [{ value: new, label: New }] }
`;
const GERMAN = `
name: de
locales:
  de:
    objects:
      account:
        label: Konto
        fields: { name: { label: Name } }
`;

async function coverage(...args: readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-coverage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, 'objects'));
  mkdirSync(path.join(folder, 'translations'));
  writeFileSync(path.join(folder, 'objects/account.object.yml'), OBJECT);
  writeFileSync(path.join(folder, 'translations/de.translation.yml'), GERMAN);
  writeFileSync(
    path.join(folder, 'objectos.config.yml'),
    `security: startup-token\nwithout: ['@objectos/notification', '@objectos/storage']\n`,
  );
  let out = '';
  let err = '';
  const exitCode = await main(['i18n', 'coverage', folder, ...args], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: {},
  });
  return { exitCode, out, err };
}

it('says how far each language is translated, and what is missing', async () => {
  const { exitCode, out, err } = await coverage('--locale', 'de');
  expect(err).toBe('');
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^de: \d+ %, \d+ of \d+ texts\n/);
  expect(out).toContain('  missing objects.account.pluralLabel\n');
  expect(out).toContain('  missing objects.account.fields.stage.options.new\n');
  expect(out).not.toContain('missing objects.account.label');
});

it('fails below what is asked for, and speaks JSON', async () => {
  const { exitCode, out } = await coverage('--min', '100', '--json');
  expect(exitCode).toBe(1);
  const report = JSON.parse(out) as {
    enough: boolean;
    languages: { locale: string; total: number; translated: number; missing: string[] }[];
  };
  expect(report.enough).toBe(false);
  const german = report.languages.find(({ locale }) => locale === 'de');
  expect(german?.missing).toContain('objects.account.fields.stage.label');
  expect(german?.missing).toHaveLength((german?.total ?? 0) - (german?.translated ?? 0));
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../src/index.js';

it('checks the audit log, for people and for machines', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const minimal = fileURLToPath(new URL('../../../examples/minimal', import.meta.url));
  let output = '';
  const io = {
    stdout: { write: (text: string) => ((output += text), true) },
    stderr: { write: () => true },
    environment: { DATABASE_URL: `sqlite:${path.join(folder, 'data.sqlite')}` },
  };
  expect(await main(['audit', 'verify', minimal], io as never)).toBe(0);
  expect(output).toMatch(/^(?:.+: \d+ entries, valid\n)+$|The audit log is empty/);
  output = '';
  expect(await main(['audit', 'verify', minimal, '--json'], io as never)).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ valid: true });
});

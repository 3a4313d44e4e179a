import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root, temporaryFolder } from '../support/server.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

function audit(tree: string) {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [path.join(root, 'scripts/audit-spec-compliance.mjs'), '--root', tree],
    { encoding: 'utf8' },
  );
  return { status, text: stdout + stderr };
}

/** A tree that obeys the rules, to break one rule at a time. */
function tree(name: string, files: Readonly<Record<string, string>>): string {
  const target = path.join(folder.path, name);
  const whole = {
    'packages/spec/src/errors/areas/data.ts':
      'export const dataErrors = {\n  gone: entry({}),\n};\n',
    'packages/objectql/src/read.ts': "throw createError('gone', {});\n",
    'packages/objectql/src/read.test.ts': "expect(code).toBe('gone');\n",
    'packages/audit/src/plugin.ts': 'export const auditPlugin = definePlugin({});\n',
    ...files,
  };
  for (const [file, text] of Object.entries(whole)) {
    mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
    writeFileSync(path.join(target, file), text);
  }
  return target;
}

describe('pnpm audit:spec', () => {
  it('passes on a tree in order', () => {
    expect(audit(tree('whole', {}))).toMatchObject({ status: 0 });
  });

  it.each([
    [
      'a plugin that imports a sibling',
      { 'packages/audit/src/x.ts': "import { a } from '@objectos/jobs';" },
      'may not import "@objectos/jobs"',
    ],
    [
      'Node in the engine',
      { 'packages/objectql/src/x.ts': "import fs from 'node:fs';" },
      'must run in a browser',
    ],
    [
      'Nest outside the server',
      { 'packages/audit/src/x.ts': "import { Get } from '@nestjs/common';" },
      'only packages/server',
    ],
    ['an error nobody throws', { 'packages/objectql/src/read.ts': '' }, 'nobody throws "gone"'],
    ['an error no test sees', { 'packages/objectql/src/read.test.ts': '' }, 'no test sees "gone"'],
    [
      'a plugin without the lifecycle',
      { 'packages/audit/src/plugin.ts': 'export const a = 1;' },
      'no plugin made with definePlugin',
    ],
    [
      'a ledger entry without a consumer',
      { 'packages/spec/src/ledger/object.ts': "active('objectql/nowhere', ['a']);" },
      'does not exist',
    ],
  ])('fails on %s', (name, files, message) => {
    const result = audit(tree(name.replaceAll(' ', '-'), files));
    expect(result.status).toBe(1);
    expect(result.text).toContain(message);
  });

  it('passes on this repository', () => {
    expect(audit(root)).toMatchObject({ status: 0 });
  });
});

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

function ledger(entry: { key: string; consumer: string }): string {
  return `export const ledger = { object: [${JSON.stringify({ status: 'active', ...entry })}] };
export const schemaKeys = (schema: string[]) => schema;\n`;
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
    'packages/objectql/src/label.ts': 'export const titleOf = ({ label }) => label;\n',
    'packages/spec/src/metadata/index.ts':
      "export const formats = { object: { schema: ['label'] } };\n",
    'packages/spec/src/ledger/index.ts': ledger({ key: 'label', consumer: 'objectql/label' }),
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
    [
      'an import that the package does not declare',
      {
        'packages/audit/package.json': '{ "name": "@objectos/audit", "dependencies": {} }',
        'packages/audit/src/x.ts': "import { z } from 'zod';",
      },
      'imports "zod", which its package.json does not name',
    ],
    ['an error nobody throws', { 'packages/objectql/src/read.ts': '' }, 'nobody throws "gone"'],
    ['an error no test sees', { 'packages/objectql/src/read.test.ts': '' }, 'no test sees "gone"'],
    [
      'a plugin without the lifecycle',
      { 'packages/audit/src/plugin.ts': 'export const a = 1;' },
      'no plugin made with definePlugin',
    ],
    [
      'a plugin that calls other servers by itself',
      { 'packages/audit/src/x.ts': 'export const hook = () => fetch(url);' },
      '"fetch" calls other servers unchecked',
    ],
    [
      'a plugin with an HTTP client of its own',
      { 'packages/audit/src/x.ts': "import https from 'node:https';" },
      '"node:https" calls other servers unchecked',
    ],
    [
      'a test that only talks about the error',
      { 'packages/objectql/src/read.test.ts': '// The record is gone by now.\n' },
      'no test sees "gone"',
    ],
    [
      'a key that the ledger does not know',
      {
        'packages/spec/src/metadata/index.ts':
          "export const formats = { object: { schema: ['label', 'icon'] } };",
      },
      'what becomes of "icon" of object',
    ],
    [
      'a consumer that is not there',
      {
        'packages/spec/src/ledger/index.ts': ledger({ key: 'label', consumer: 'objectql/nowhere' }),
      },
      'the consumer "objectql/nowhere" of "label" of object does not exist',
    ],
    [
      'a consumer that ignores its key',
      { 'packages/objectql/src/label.ts': 'export const titleOf = () => 1;' },
      'never mentions "label" of object',
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

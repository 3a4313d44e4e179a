import { systemContext } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { buildSnapshot, parseSource } from '../../src/index.js';
import { importRecords, type ImportFailure, type ImportOptions } from '../../src/transfer/index.js';
import { openEngine, system } from './support.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
afterEach(() => engine.close());

const vault = systemContext('vault', { secrets: true });
const KEYS = `a:${btoa(String.fromCharCode(...Uint8Array.from({ length: 32 }, (_, at) => (1 + at * at * 37) % 251)))}`;
const OBJECTS = {
  hook: `
label: Hook
fields:
  code: { type: text, unique: true }
  token: { type: secret, encrypted: true, label: API token, required: true, maxLength: 12 }
`,
};
const { snapshot } = buildSnapshot([
  {
    name: 'app',
    sources: [parseSource({ file: 'objects/hook.object.yml', text: OBJECTS.hook })],
  },
]);
if (snapshot === undefined) throw new Error('the objects of the tests are not valid');
const known = snapshot;
const table = {
  name: 'hook',
  columns: ['id', 'code', 'token'].map((name) => ({
    name,
    type: 'text' as const,
    nullable: name !== 'id',
  })),
  indexes: [],
};

async function imported(text: string, options: Partial<ImportOptions>, keys = true) {
  engine = await openEngine({
    objects: OBJECTS,
    ...(keys ? { encryptionKeys: KEYS } : {}),
  });
  return more(text, options);
}

async function more(text: string, options: Partial<ImportOptions>) {
  const failures: ImportFailure[] = [];
  const report = await importRecords(
    { engine, snapshot: known },
    [new TextEncoder().encode(text)],
    { object: 'hook', format: 'csv', onFailure: (one) => void failures.push(one), ...options },
    system,
  );
  return { report, failures };
}

async function tokens(): Promise<unknown[]> {
  const orderBy = [{ field: 'code', direction: 'asc' }] as const;
  const rows = await engine.driver.reader.find({ table, columns: ['id', 'token'], orderBy });
  const log = await engine.driver.reader.find({
    table: changeLogTable,
    columns: ['before', 'after'],
  });
  for (const kept of [...rows, ...log]) expect(JSON.stringify(kept)).not.toContain('s3cret');
  const opened = rows.map(({ id }) => engine.get('hook', id as string, vault));
  return (await Promise.all(opened)).map(({ token }) => token);
}

describe('an import into encrypted fields', () => {
  it.each([
    ['csv', 'code,token\na,s3cret-1\nb,"s3cret ""2"\n'],
    ['csv', 'Code,API token\na,s3cret-1\nb,"s3cret ""2"\n'],
    ['jsonl', '{"code":"a","token":"s3cret-1"}\n{"code":"b","token":"s3cret \\"2"}\n'],
  ] as const)('encrypts what %s brings', async (format, text) => {
    const { report } = await imported(text, { format });
    expect(report).toMatchObject({ created: 2, failed: 0, ignoredColumns: [] });
    expect(await tokens()).toEqual(['s3cret-1', 's3cret "2']);
  });

  it('encrypts what changes by a key, and leaves what the file does not say', async () => {
    await imported('code,token\na,s3cret-1\nb,s3cret-2\n', {});
    const { report } = await more('code,token\nb,s3cret-3\nc,s3cret-4\na,\n', { key: ['code'] });
    expect(report).toMatchObject({ created: 1, updated: 2, failed: 0 });
    expect(await tokens()).toEqual(['s3cret-1', 's3cret-3', 's3cret-4']);
  });

  it('keeps no secret of a row that failed', async () => {
    const { report, failures } = await imported('code,token\na,s3cret-too-long-for-it\nb,\n', {});
    expect(report).toMatchObject({ created: 0, failed: 2 });
    expect(failures.map(({ values }) => values)).toEqual([{ code: 'a' }, { code: 'b' }]);
    expect(JSON.stringify(failures)).not.toContain('s3cret');
  });

  it('is refused without a key', async () => {
    const failing = imported('code,token\na,s3cret-1\n', {}, false);
    await expect(failing).rejects.toMatchObject({ code: 'encryption_key_missing' });
    expect(await engine.count('hook', {}, system)).toBe(0);
  });
});

import { isObjectOSError } from '@objectos/spec/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { createObjectQL as createIsomorphic } from '../../src/object-ql.js';
import { createObjectQL } from '../../src/index.node.js';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine, system } from '../engine/support.js';

const account = 'label: Account\nfields:\n  name: { type: text }\n';

describe('loading', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-load-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps the metadata in force when the new one is wrong', async () => {
    const engine = await openEngine({ objects: { account: account } });
    const broken = engine.loadSources([{ file: 'objects/a.object.yml', text: 'fields: 5\n' }]);
    const error: unknown = await broken.catch((reason: unknown) => reason);
    expect(isObjectOSError(error, 'metadata_invalid') && error.details['problems']).toHaveLength(1);
    expect(await engine.count('account', {}, system)).toBe(0);
    await engine.close();
  });

  it('adds fields to existing tables, and refuses to change the type of data', async () => {
    const engine = await openEngine({ objects: { account: account } });
    await engine.insert('account', { name: 'A' }, system);
    await engine.loadSources([
      { file: 'objects/account.object.yml', text: `${account}  size: { type: number }\n` },
    ]);
    expect(await engine.find('account', {}, system)).toMatchObject({
      records: [{ name: 'A', size: null }],
    });
    const changed = engine.loadSources([
      { file: 'objects/account.object.yml', text: 'fields:\n  name: { type: boolean }\n' },
    ]);
    await expect(changed).rejects.toMatchObject({ code: 'migration_blocked' });
    expect(await engine.find('account', {}, system)).toMatchObject({ records: [{ name: 'A' }] });
    await engine.close();
  });

  it('reads files by patterns on Node, and says that it cannot elsewhere', async () => {
    mkdirSync(path.join(folder, 'objects/deep'), { recursive: true });
    writeFileSync(path.join(folder, 'objects/deep/account.yml'), account);
    const before = process.cwd();
    const objectql = createObjectQL({ driver: new SqlDriver({ url: ':memory:' }) });
    process.chdir(folder);
    try {
      expect((await objectql.loadMetadata('./objects/**/*.yml')).objects).toEqual(['account']);
    } finally {
      process.chdir(before);
    }
    await objectql.close();
    const elsewhere = createIsomorphic({ driver: new SqlDriver({ url: ':memory:' }) });
    await expect(elsewhere.loadMetadata('x')).rejects.toMatchObject({
      code: 'driver_capability_missing',
    });
  });
});

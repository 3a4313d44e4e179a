import { quotaService } from '@objectos/spec/contracts';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { readdir } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startApplication } from './application.js';

const postgres = await findPostgres();

async function databaseOf(name: string): Promise<string> {
  if (name === 'SQLite' || postgres === undefined) return 'sqlite::memory:';
  const place = await emptyPostgres(postgres);
  onTestFinished(() => place.drop());
  return place.url;
}

it.each(postgres === undefined ? ['SQLite'] : ['SQLite', 'PostgreSQL'])(
  'of 20 uploads at once as many as the organization has room for, on %s',
  async (name) => {
    const database = await databaseOf(name);
    const { kernel, call, upload, folder, system, files } = await startApplication({ database });
    const quotas = kernel.service(quotaService);
    const ctx = { ...system, principal: { ...system.principal, tenantId: null } };
    const kept = await upload('first.txt', 'x'.repeat(10));
    await quotas.setLimit('acme', 'storageBytes', 55, ctx);
    const send = (as: string) =>
      call('POST', '/api/storage/files?name=a.txt', { as, body: 'y'.repeat(10) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('ada')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    const refused = answers.filter(({ status }) => status === 403);
    expect(refused).toHaveLength(16);
    expect(refused[0]?.body).toMatchObject({
      code: 'quota_exceeded',
      details: { quota: 'storageBytes', limit: 55, used: 50 },
    });
    expect((await send('eve@other')).status).toBe(201);
    // Of what was refused, no bytes stay either.
    const stored = await readdir(folder, { recursive: true, withFileTypes: true });
    expect(stored.filter((one) => one.isFile() && one.name.length >= 36)).toHaveLength(6);
    await files.delete(kept, system);
    expect((await send('ada')).status).toBe(201);
    expect((await quotas.use('acme')).find(({ quota }) => quota === 'storageBytes')?.used).toBe(50);
  },
);

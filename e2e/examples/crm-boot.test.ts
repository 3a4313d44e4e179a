import {
  dataEngineService,
  definePlugin,
  systemContext,
  type DataEngine,
} from '@objectos/spec/contracts';
import { createMemoryStateStore } from '@objectos/kernel';
import { importPlugin } from '@objectos/kernel/node';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../../examples/crm/seed/generate.js';
import {
  bootApplication,
  exampleFolder,
  temporaryDatabase,
  type Application,
} from './boot-application.js';

const folder = exampleFolder('crm');
const ctx = systemContext('test');

async function boot({ plugins = [], ...options }: Omit<Partial<Application>, 'folder'> = {}) {
  const own = await importPlugin(join(folder, 'plugin.js'));
  const kernel = await bootApplication({ folder, plugins: [own, ...plugins], ...options });
  return { kernel, engine: kernel.service(dataEngineService) };
}

async function counts(engine: DataEngine) {
  const found: Record<string, number> = {};
  for (const object of expected.keys()) found[object] = await engine.count(object, {}, ctx);
  return found;
}

const expected = new Map<string, number>();
for (const { object, records } of generate()) {
  expected.set(object, (expected.get(object) ?? 0) + records.length);
}

test('the first start adds every record, the second none', async () => {
  const url = await temporaryDatabase();
  const stateStore = createMemoryStateStore();
  const first = await boot({ url, stateStore });
  expect(await counts(first.engine)).toEqual(Object.fromEntries(expected));
  expect(first.kernel.logs.filter(({ level }) => level === 'warn' || level === 'error')).toEqual(
    [],
  );
  await first.engine.delete('task', 'task-0001', ctx);
  await first.kernel.stop();

  const second = await boot({ url, stateStore });
  expect(await second.engine.count('task', {}, ctx)).toBe((expected.get('task') ?? 0) - 1);
});

test('a start that was interrupted is finished by the next', async () => {
  const url = await temporaryDatabase();
  const stateStore = createMemoryStateStore();
  const powerCut = definePlugin({
    manifest: { id: 'power-cut', version: '1.0.0' },
    setup(ctx) {
      ctx.hook('data.record.beforeInsert', ({ data }) => {
        if (data['case_number'] === 'CS-00700') throw new Error('power cut');
      });
    },
  });
  await expect(boot({ url, stateStore, plugins: [powerCut] })).rejects.toMatchObject({
    code: 'kernel_boot_failed',
  });
  const { engine } = await boot({ url, stateStore });
  expect(await counts(engine)).toEqual(Object.fromEntries(expected));
});

test('the rules of the CRM hold', async () => {
  const { engine } = await boot();
  const refuse = (work: Promise<unknown>, code: string) =>
    expect(work).rejects.toMatchObject({
      fieldErrors: expect.arrayContaining([expect.objectContaining({ code })]),
    });
  const { records } = await engine.find(
    'opportunity',
    {
      where: { op: 'eq', field: 'stage', value: 'negotiation' },
      limit: 1,
      expand: { account: {} },
    },
    ctx,
  );
  const [deal] = records;
  const id = String(deal?.['id']);
  expect(deal).toMatchObject({ account: { industry: expect.any(String) } });
  await refuse(
    engine.update('opportunity', id, { stage: 'closed_lost', probability: 0 }, ctx),
    'lost_needs_a_reason',
  );
  await refuse(engine.update('opportunity', id, { stage: 'prospecting' }, ctx), 'stage_order');
  await expect(
    engine.delete('account', (deal?.['account'] as { id: string }).id, ctx),
  ).rejects.toMatchObject({
    code: 'delete_restricted',
  });
  await refuse(
    engine.insert('campaign_member', { name: 'Nobody', campaign: 'campaign-newsletter-2026' }, ctx),
    'contact_or_lead',
  );
});

import { authPlugin } from '@objectos/auth';
import { jobsPlugin } from '@objectos/jobs';
import { notificationPlugin } from '@objectos/notification';
import { outboundPlugin } from '@objectos/outbound';
import { permissionsPlugin } from '@objectos/permissions';
import type { PluginInput } from '@objectos/kernel';
import { dataEngineService, notificationService, systemContext } from '@objectos/spec/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { parse } from 'yaml';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';
import { codeBlocks, root } from './markdown.js';
import { notifier } from './notifier.js';

const PAGE = 'docs/guide/notifications.md';
const ID = '@objectos/notification';
const system = systemContext('test', { secrets: true });

const blocks = (language: string) =>
  codeBlocks(PAGE)
    .filter((block) => block.language === language)
    .map(({ text }) => text);

async function start(plugins: readonly PluginInput[], config: Record<string, unknown> = {}) {
  const kernel = await bootApplication({
    folder: exampleFolder('crm'),
    globs: ['objects/*.yml'],
    plugins: [
      {
        plugin: authPlugin,
        config: { secret: 'a-secret-of-tests-0123456789abcdefghijkl' },
      },
      permissionsPlugin,
      jobsPlugin,
      outboundPlugin,
      { plugin: notificationPlugin, config },
      ...plugins,
    ],
  });
  const engine = kernel.service(dataEngineService);
  const ada = { name: 'Ada', email: 'ada@example.com', email_verified: true, role: 'admin' };
  const { id } = await engine.insert('user', ada, system);
  return { engine, service: kernel.service(notificationService), userId: id as string };
}

/** Wins an opportunity of the CRM. */
async function win(engine: Awaited<ReturnType<typeof start>>['engine']): Promise<void> {
  const account = await engine.insert('account', { name: 'Acme' }, system);
  const closeDate = '2026-09-30';
  const data = { name: 'Big deal', account: account['id'], amount: 1200, close_date: closeDate };
  const { id } = await engine.insert('opportunity', data, system);
  const stages = ['qualification', 'needs_analysis', 'proposal', 'negotiation'];
  for (const stage of stages) await engine.update('opportunity', id as string, { stage }, system);
  const won = { stage: 'closed_won', probability: 100 };
  await engine.update('opportunity', id as string, won, system);
}

test('the plugin of the guide is the one that runs here, and that the CRM has', async () => {
  const text = readFileSync(join(root, 'e2e/docs/notifier.ts'), 'utf8');
  expect(blocks('ts')[0]).toBe(text);
  const { engine, service, userId } = await start([notifier]);
  await win(engine);
  await expect
    .poll(async () => (await service.inbox(userId, {})).items)
    .toMatchObject([{ title: 'Won: Big deal', body: 'Big deal is won: $1,200.00.' }]);
  expect((await service.preview({ topic: 'opportunity.won', locale: 'de' })).subject).toBe(
    'Gewonnen: Sample',
  );

  const { plugin } = (await import(join(root, 'examples/crm/notifications.js'))) as {
    plugin: PluginInput;
  };
  const crm = await start([plugin]);
  await win(crm.engine);
  await expect.poll(async () => (await crm.service.inbox(crm.userId, {})).unread).toBe(1);
});

test('the configuration of the guide is taken, and its topic is told', async () => {
  const [yml = ''] = blocks('yml');
  const { pluginConfig } = parse(yml) as { pluginConfig: Record<string, Record<string, unknown>> };
  const { service, userId } = await start([], pluginConfig[ID]);
  const payload = { customer: 'Acme', total: 90 };
  await service.emit({ topic: 'invoice.overdue', audience: { users: [userId] }, payload }, system);
  await expect
    .poll(async () => (await service.inbox(userId, {})).items)
    .toMatchObject([{ title: 'Acme has not paid', severity: 'info' }]);
});

test('the receiver of the guide knows what is ours', async () => {
  expect(blocks('ts')[1]).toBe(readFileSync(join(root, 'e2e/docs/webhook-receiver.ts'), 'utf8'));
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  vi.stubEnv('WEBHOOK_SECRET', secret);
  const { receive } = await import('./webhook-receiver.js');
  vi.unstubAllEnvs();
  const body = JSON.stringify({ type: 'opportunity.won', data: { name: 'Big deal' } });
  const now = new Date();
  const headers = {
    'webhook-id': 'id-1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('id-1', now, body),
  };
  expect(receive(body, headers)).toMatchObject({ type: 'opportunity.won' });
  expect(() => receive(`${body} `, headers)).toThrow('No matching signature');
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataEngineService, definePlugin, systemContext } from '@objectos/spec/contracts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CrmPlugin } from '../../examples/plan/crm-plugin.js';
import { createLeadFromUser, leadsPlugin } from '../../examples/plan/leads.js';
import { bootApplication, exampleFolder } from './boot-application.js';

const folder = exampleFolder('plan');
const ctx = systemContext('test');
const read = (file: string) => readFile(join(folder, file), 'utf8');

/** The samples of the development plan, section 10, as the user gave them. */
const MANIFEST = `export const CrmPlugin: PluginManifest = {
  id: 'steedos-crm',
  version: '1.0.0',
  dependencies: ['@objectos/auth'],
  objects: ['./objects/*.object.yml'],
  workflows: ['./workflows/*.workflow.yml'],
  onLoad: async (ctx) => { ctx.logger.info('CRM Loaded'); },
  onEvent: {
    'user.signup': async (ctx, payload) => {
      await createLeadFromUser(payload);
    }
  }
};`;
const WORKFLOW = `name: leave_request_flow
object: leave_request
states:
  draft:
    initial: true
    transitions:
      submit: pending_approval
  pending_approval:
    transitions:
      approve: approved
      reject: rejected
    on_enter:
      - action: notify_manager
  approved:
    final: true
`;
const LIBRARY = `createObjectQL({
  driver: new SqlDriver({ url: process.env.DATABASE_URL })
});

// ObjectOS loads metadata and provides security + business logic
await objectql.loadMetadata('./objects/**/*.yml');`;

test('the samples are the plan’s, word for word', async () => {
  expect(await read('crm-plugin.ts')).toContain(MANIFEST);
  expect(await read('workflows/leave_request.workflow.yml')).toBe(WORKFLOW);
  expect(await read('objectql.ts')).toContain(LIBRARY);
});

/** Boots the sample with a plugin that stands in for the authentication it depends on. */
async function boot() {
  let signUp: (payload: unknown) => void = () => undefined;
  const authentication = definePlugin({
    manifest: { id: '@objectos/auth', version: '1.0.0' },
    setup(context) {
      signUp = (payload) => context.emit('user.signup' as never, payload as never);
    },
  });
  const plugins = [{ plugin: CrmPlugin, baseDir: folder }, leadsPlugin, authentication];
  const kernel = await bootApplication({ folder, globs: [], plugins });
  return { kernel, signUp: (payload: unknown) => signUp(payload) };
}

test('the manifest loads, with its objects and its event handler', async () => {
  const { kernel, signUp } = await boot();
  expect(kernel.logs.map(({ message }) => message)).toContain('CRM Loaded');
  signUp({ name: 'Ada Lovelace', email: 'ada@analytical.example' });
  await kernel.idle();
  const { records } = await kernel.service(dataEngineService).find('lead', {}, ctx);
  expect(records).toMatchObject([{ name: 'Ada Lovelace', source: 'signup' }]);
});

test('without the plugin it depends on, the manifest refuses to boot, by name', async () => {
  const plugins = [{ plugin: CrmPlugin, baseDir: folder }];
  await expect(bootApplication({ folder, globs: [], plugins })).rejects.toMatchObject({
    code: 'kernel_boot_failed',
    message: expect.stringContaining('@objectos/auth'),
  });
});

test('the leave request is accepted, and the log says what it waits for', async () => {
  const { kernel } = await boot();
  const notices = kernel.logs.filter(({ message }) => message.includes('leave_request_flow'));
  expect(notices.map(({ message }) => message).join()).toContain('@objectos/workflow');
  const engine = kernel.service(dataEngineService);
  await engine.insert(
    'leave_request',
    { reason: 'Holiday', first_day: '2026-07-01', last_day: '2026-07-10' },
    ctx,
  );
  expect(await engine.count('leave_request', {}, ctx)).toBe(1);
});

test('a lead needs the plugin that brings the engine', async () => {
  await expect(createLeadFromUser({ name: 'Ada' })).rejects.toMatchObject({
    code: 'service_missing',
  });
});

test('the data engine as a library, in the folder of the application', async () => {
  const before = process.cwd();
  const data = await mkdtemp(join(tmpdir(), 'objectos-plan-'));
  vi.stubEnv('DATABASE_URL', `sqlite:${join(data, 'plan.sqlite')}`);
  process.chdir(folder);
  onTestFinished(async () => {
    process.chdir(before);
    vi.unstubAllEnvs();
    await rm(data, { recursive: true, force: true });
  });
  const { objectql } = await import('../../examples/plan/objectql.js');
  await objectql.insert('lead', { name: 'Ada Lovelace' }, ctx);
  expect(await objectql.count('lead', {}, ctx)).toBe(1);
  await objectql.close();
});

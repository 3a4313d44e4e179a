import { authPlugin } from '@objectos/auth';
import { jobsPlugin } from '@objectos/jobs';
import { notificationPlugin } from '@objectos/notification';
import { outboundPlugin } from '@objectos/outbound';
import { permissionsPlugin } from '@objectos/permissions';
import { serverPlugin } from '@objectos/plugin-server';
import {
  dataEngineService,
  httpServerService,
  notificationService,
  principalDirectoryService,
  signInStatusService,
  systemContext,
} from '@objectos/spec/contracts';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';

const system = systemContext('test', { secrets: true });
const SECRET = 'a-secret-of-tests-0123456789abcdefghijkl';
const PASSWORD = 'four random words here';

async function start() {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-notification-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const topic = {
    name: 'task.assigned',
    label: 'Tasks for you',
    templates: { en: { subject: 'Task: {{title}}', text: '{{title}}', url: '/tasks/{{id}}' } },
  };
  const kernel = await bootApplication({
    folder: exampleFolder('minimal'),
    plugins: [
      { plugin: serverPlugin, config: { port: 0 } },
      { plugin: authPlugin, config: { secret: SECRET, signUp: 'open', verifyEmail: false } },
      permissionsPlugin,
      jobsPlugin,
      outboundPlugin,
      { plugin: notificationPlugin, config: { topics: [topic], outboxFolder: folder } },
    ],
  });
  const { url } = kernel.service(httpServerService);
  const engine = kernel.service(dataEngineService);
  const signUp = async (name: string) => {
    const email = `${name}@example.com`;
    const answer = await fetch(`${url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ email, password: PASSWORD, name }),
    });
    const { user } = (await answer.json()) as { user: { id: string } };
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    return { id: user.id, email, cookie };
  };
  const mails = async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.eml')).sort();
    return Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  };
  return { kernel, url, engine, signUp, mails, folder };
}

it('tells the people of a role, who read it over HTTP and get out of it by the mail', async () => {
  const { kernel, url, engine, signUp, mails } = await start();
  const ada = await signUp('ada');
  const bob = await signUp('bob');
  await engine.update('user', ada.id, { email_verified: true, role: 'admin' }, system);
  const service = kernel.service(notificationService);
  const emit = () =>
    service.emit(
      { topic: 'task.assigned', audience: { roles: ['admin'] }, payload: { title: 'Call', id: 1 } },
      system,
    );
  await emit();
  await expect.poll(async () => (await mails()).length).toBe(1);
  const get = async (cookie: string) => {
    const answer = await fetch(`${url}/api/v1/notifications`, { headers: { cookie } });
    return ((await answer.json()) as { data: unknown }).data;
  };
  expect(await get(ada.cookie)).toMatchObject({
    unreadCount: 1,
    notifications: [
      { type: 'task.assigned', title: 'Task: Call', actionUrl: '/tasks/1', read: false },
    ],
  });
  expect(await get(bob.cookie)).toMatchObject({ unreadCount: 0, notifications: [] });
  expect((await fetch(`${url}/api/v1/notifications`)).status).toBe(401);

  const mail = (await mails())[0]!.replace(/\r\n[ \t]+/g, '');
  expect(mail).toContain(`${url}/tasks/1`);
  const link = /List-Unsubscribe:\s?<([^>]+)>/.exec(mail)![1]!;
  const page = await fetch(link);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  expect(await page.text()).toContain('Tasks for you');
  // As a mail program posts it (RFC 8058): without a cookie, without an origin.
  const oneClick = await fetch(link, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });
  expect(oneClick.status).toBe(200);
  const forged = await fetch(link.replace(/.{3}$/, 'xyz'), { method: 'POST' });
  expect(forged.status).toBe(404);
  const { id } = await emit();
  await expect
    .poll(async () =>
      (await service.deliveries({ notificationId: id }))
        .map((one) => `${one.channel} ${one.state}`)
        .sort(),
    )
    .toEqual(['email skipped', 'inbox sent']);
  expect(await mails()).toHaveLength(1);
});

it('carries the mail of sign-in, and tells where it lies', async () => {
  const { kernel, url, signUp, mails, folder } = await start();
  const ada = await signUp('ada');
  await fetch(`${url}/api/auth/request-password-reset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email: ada.email, redirectTo: '/' }),
  });
  await expect
    .poll(mails)
    .toMatchObject([expect.stringContaining('Subject: Choose a new password')]);
  expect(kernel.service(signInStatusService).outboxFolder()).toBe(folder);
});

it('finds users as they would be when signed in, and nobody who is gone or disabled', async () => {
  const { kernel, engine, signUp } = await start();
  const ada = await signUp('ada');
  const directory = kernel.service(principalDirectoryService);
  const organization = await engine.insert('organization', { name: 'Acme', slug: 'acme' }, system);
  const tenantId = organization['id'] as string;
  expect(await directory.find(ada.id, tenantId)).toMatchObject({ id: ada.id, tenantId: null });
  await engine.insert('member', { organization: tenantId, user_id: ada.id, role: 'owner' }, system);
  expect(await directory.find(ada.id, tenantId)).toMatchObject({
    tenantId,
    roles: expect.arrayContaining(['organization:owner']) as string[],
  });
  const service = kernel.service(notificationService);
  const owners = { topic: 'task.assigned', audience: { roles: ['organization:owner'] } };
  const acme = systemContext('test', { tenantId });
  await service.emit({ ...owners, payload: { title: 'T' } }, acme);
  await expect.poll(async () => (await service.inbox(ada.id, {})).unread).toBe(1);
  expect(await directory.find('nobody', null)).toBeUndefined();
  await engine.update('user', ada.id, { banned: true }, system);
  expect(await directory.find(ada.id, null)).toBeUndefined();
});

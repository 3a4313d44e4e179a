import { expect, it } from 'vitest';
import { behind, PASSWORD, startAuthServer } from './support/server.js';

it('a suspended organization is refused on tokens at once and at sign-in, until it goes on', async () => {
  const { engine, user, visitor } = await startAuthServer();
  const ann = await user();
  const organization = await engine.insert('organization', { name: 'Acme', slug: 'acme' }, behind);
  const id = organization['id'] as string;
  await engine.insert('member', { organization: id, user_id: ann.id, role: 'member' }, behind);
  const signIn = async () => {
    const client = visitor();
    const answer = await client.post('/api/auth/sign-in/email', {
      email: ann.email,
      password: PASSWORD,
    });
    return { client, answer };
  };
  const { client } = await signIn();
  const who = async () => client.get('/api/who-am-i');
  expect((await who()).body).toMatchObject({ principal: { tenantId: id } });

  await engine.update('organization', id, { suspended_at: '2026-01-01T00:00:00Z' }, behind);
  const refused = await who();
  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({ code: 'organization_suspended' });
  const { answer } = await signIn();
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ code: 'organization_suspended' });

  await engine.update('organization', id, { suspended_at: null }, behind);
  expect((await who()).status).toBe(200);
  expect((await signIn()).answer.status).toBe(200);
});

import { describe, expect, it } from 'vitest';
import { behind, PASSWORD, startAuthServer } from './support/server.js';

const account = { email: 'Ada@Example.com', password: PASSWORD, name: 'Ada' };

describe('e-mail and password', () => {
  it('registers, tells who one is, and signs out', async () => {
    const { visitor } = await startAuthServer();
    const ada = visitor();
    const up = await ada.post('/api/auth/sign-up/email', account);
    expect(up.status).toBe(200);
    const who = await ada.get('/api/who-am-i');
    expect(who.body).toMatchObject({
      principal: { kind: 'user', displayName: 'Ada', tenantId: null, roles: ['user'] },
      origin: { ip: '127.0.0.1', surface: 'http' },
    });
    expect(who.body.origin.sessionId).toBe(who.body.principal.sessionId);
    expect((await ada.post('/api/auth/sign-out')).status).toBe(200);
    expect(ada.cookies.size).toBe(0);
    expect((await ada.get('/api/who-am-i')).status).toBe(401);
  });

  it('answers the published clients in the form they read', async () => {
    const { visitor } = await startAuthServer();
    await visitor().post('/api/auth/sign-up/email', account);
    for (const prefix of ['/api/auth', '/api/v1/auth']) {
      const { body, status } = await visitor().post(`${prefix}/sign-in/email`, account);
      expect(status).toBe(200);
      const { token, user, session } = body.data;
      expect(token).toBe(body.token);
      expect(user.email).toBe('ada@example.com');
      expect(session).toMatchObject({ userId: user.id, expiresAt: expect.any(String) });
      const bearer = visitor({ authorization: `Bearer ${token as string}` });
      expect((await bearer.get('/api/who-am-i')).body.principal.id).toBe(user.id);
      const asked = await bearer.get(`${prefix}/get-session`);
      expect(asked.body.data).toMatchObject({ token, user: { id: user.id } });
      // No body at all, and yet a content type, as the published clients send it.
      expect((await bearer.post(`${prefix}/sign-out`)).status).toBe(200);
      expect((await bearer.get('/api/who-am-i')).status).toBe(401);
    }
  });

  it('sees no record without a permission plugin', async () => {
    const { user } = await startAuthServer();
    const answer = await (await user()).get('/api/data/note');
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('permission_denied');
  });

  it('keeps tokens and passwords as hashes, and shows them to nobody', async () => {
    const { user, engine } = await startAuthServer();
    const ada = await user();
    const { records } = await engine.find('session', {}, behind);
    const [cookie = ''] = ada.cookies.values();
    expect(JSON.stringify(records)).not.toContain(decodeURIComponent(cookie).split('.')[0]);
    const [credential] = (await engine.find('user_account', {}, behind)).records;
    expect(credential?.['password']).not.toContain(PASSWORD);
    const listed = await ada.get('/api/auth/list-sessions');
    expect(listed.body).toHaveLength(1);
    expect(listed.body[0]).not.toHaveProperty('token');
    expect((await ada.get('/api/auth/get-session')).body.session).not.toHaveProperty('token');
  });
});

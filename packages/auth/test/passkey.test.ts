import { expect, it } from 'vitest';
import { createPasskey } from './support/authenticator.js';
import { behind, startAuthServer } from './support/server.js';

const passkey = '/api/auth/passkey';

interface Challenge {
  readonly challenge: string;
}

it('a passkey signs in without a password, on the site it was made for', async () => {
  const server = await startAuthServer();
  const user = await server.user();
  const device = createPasskey(server.url);
  const offered = await user.get(`${passkey}/generate-register-options`);
  const registered = await user.post(`${passkey}/verify-registration`, {
    response: device.register(offered.body as Challenge),
    name: 'Phone',
  });
  expect(registered.status).toBe(200);
  const [stored] = (await server.engine.find('user_passkey', {}, behind)).records;
  expect(stored).toMatchObject({ user_id: user.id, name: 'Phone' });

  const visitor = server.visitor();
  const options = (await visitor.get(`${passkey}/generate-authenticate-options`)).body as Challenge;
  const response = device.sign(options);
  expect((await visitor.post(`${passkey}/verify-authentication`, { response })).status).toBe(200);
  expect((await visitor.get('/api/who-am-i')).body.principal.id).toBe(user.id);

  const replay = server.visitor();
  await replay.get(`${passkey}/generate-authenticate-options`);
  const refused = await replay.post(`${passkey}/verify-authentication`, { response });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.status).toBeLessThan(500);
  expect((await replay.get('/api/who-am-i')).status).toBe(401);

  const stranger = server.visitor();
  const asked = (await stranger.get(`${passkey}/generate-authenticate-options`)).body as Challenge;
  const other = createPasskey(server.url).sign(asked);
  await stranger.post(`${passkey}/verify-authentication`, { response: other });
  expect((await stranger.get('/api/who-am-i')).status).toBe(401);
});

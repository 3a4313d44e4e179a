import { expect, it } from 'vitest';
import { startAuthServer } from './support/server.js';

const reset = '/api/auth/request-password-reset';

it('mail for a forgotten password goes to the stored address only, whatever looks like it', async () => {
  const server = await startAuthServer({ config: { lockout: { attempts: 100 } } });
  const { email } = await server.user({ email: 'ada.byron@example.com' });
  const lookAlikes = [
    'ada.byron@example.com.',
    'ada.byron＠example.com',
    'ａda.byron@example.com',
    'áda.byron@example.com',
    'ada.byron@exämple.com',
    'ada.byron@example.com\u200b',
    'ada.byron@example.com,evil@example.net',
    'ada.byron@example.com\r\nbcc: evil@example.net',
    ' ada.byron@example.com evil@example.net',
    'adabyron@example.com',
    'ada.byron+x@example.com',
  ];
  for (const address of lookAlikes) {
    const answer = await server.visitor().post(reset, { email: address });
    expect([address, answer.status < 500]).toEqual([address, true]);
  }
  // Its own one, in another case: one mail, to the address as it is stored.
  expect((await server.visitor().post(reset, { email: 'ADA.Byron@Example.com' })).status).toBe(200);
  await expect.poll(() => server.mails.length).toBe(1);
  expect(server.mails.map(({ to }) => to)).toEqual([email]);
});

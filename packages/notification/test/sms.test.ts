import { outboundPlugin } from '@objectos/outbound';
import { definePlugin, smsProvidersPoint, type SmsMessage } from '@objectos/spec/contracts';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { form, json, serve } from './servers.js';
import { ctx, start } from './support.js';

const topic = {
  name: 'alarm',
  label: 'Alarm',
  channels: ['sms' as const],
  templates: {
    en: { subject: 'S', text: 'long', short: 'Übertemperatur {{place}}', url: '/a/{{place}}' },
  },
};
const settings = { '@objectos/outbound': { allow: ['127.0.0.1'] } };
const account = {
  type: 'twilio' as const,
  accountSid: 'AC1',
  authToken: 'secret',
  from: '+4915112345',
};
const key = { type: 'vonage' as const, apiKey: 'key', apiSecret: 'secret', from: 'ObjectOS' };

async function texting(sms: object[], plugins: object[] = []) {
  const { service } = await start({
    settings,
    plugins: [outboundPlugin, ...(plugins as [])],
    config: { topics: [topic], sms: sms as never, origin: 'https://crm.example.com' },
  });
  return async (phone = '+4930123456') => {
    const audience = { addresses: [{ phone }] };
    const { id } = await service.emit({ topic: 'alarm', audience, payload: { place: 'A1' } }, ctx);
    return async () => (await service.deliveries({ notificationId: id }))[0];
  };
}

it('speaks to Twilio as its API wants', async () => {
  const twilio = await serve((_request, response) =>
    json(response, 201, { sid: 'SM1', status: 'queued' }),
  );
  const send = await texting([{ ...account, url: twilio.url }]);
  const delivery = await send();
  await expect
    .poll(delivery)
    .toMatchObject({ state: 'sent', provider: 'twilio', providerId: 'SM1' });
  const [request] = twilio.received;
  expect(request).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC1/Messages.json' });
  expect(request!.headers.authorization).toBe(
    `Basic ${Buffer.from('AC1:secret').toString('base64')}`,
  );
  expect(request!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(form(request!)).toEqual({
    To: '+4930123456',
    From: '+4915112345',
    Body: 'Übertemperatur A1\nhttps://crm.example.com/a/A1',
    StatusCallback: `https://crm.example.com/api/notifications/callbacks/twilio?delivery=${(await delivery())!.id}`,
  });
});

it('speaks to Vonage as its API wants', async () => {
  const vonage = await serve((_request, response) =>
    json(response, 200, { 'message-count': '1', messages: [{ status: '0', 'message-id': '0A1' }] }),
  );
  const send = await texting([{ ...key, url: vonage.url }]);
  const delivery = await send();
  await expect
    .poll(delivery)
    .toMatchObject({ state: 'sent', provider: 'vonage', providerId: '0A1' });
  const { id } = (await delivery())!;
  expect(vonage.received[0]).toMatchObject({ method: 'POST', path: '/sms/json' });
  expect(form(vonage.received[0]!)).toEqual({
    api_key: 'key',
    api_secret: 'secret',
    from: 'ObjectOS',
    to: '4930123456',
    text: 'Übertemperatur A1\nhttps://crm.example.com/a/A1',
    type: 'unicode',
    'client-ref': id,
  });
});

it('takes the next provider for what may pass, and none for what does not', async () => {
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => json(response, 503, {}),
    (response) => json(response, 401, { code: 20003, message: 'Authenticate' }),
    (response) => json(response, 400, { code: 21211, message: "The 'To' number is not valid." }),
  ];
  const twilio = await serve((_request, response) => answers.shift()?.(response));
  const vonage = await serve((_request, response) =>
    json(response, 200, { messages: [{ status: '0' }] }),
  );
  const send = await texting([
    { ...account, url: twilio.url },
    { ...key, url: vonage.url },
  ]);
  await expect.poll(await send()).toMatchObject({ state: 'sent', provider: 'vonage' });
  await expect.poll(await send()).toMatchObject({ state: 'sent', provider: 'vonage' });
  await expect
    .poll(await send())
    .toMatchObject({ state: 'failed', provider: 'twilio', error: { code: 'twilio_21211' } });
  expect(vonage.received).toHaveLength(2);
  await expect.poll(await send()).toMatchObject({ state: 'suppressed', cause: 'bounced' });
});

it('reads the statuses of Vonage, which answers 200 to all', async () => {
  const statuses = ['1', '6', '7'];
  const vonage = await serve((_request, response) =>
    json(response, 200, { messages: [{ status: statuses.shift(), 'error-text': 'why' }] }),
  );
  const send = await texting([{ ...key, url: vonage.url }]);
  await expect
    .poll(await send('+4930111111'))
    .toMatchObject({ state: 'waiting', attempt: 1, error: { code: 'vonage_1', message: 'why' } });
  await expect
    .poll(await send('+4930222222'))
    .toMatchObject({ state: 'failed', error: { code: 'vonage_6' } });
  await expect
    .poll(await send('+4930333333'))
    .toMatchObject({ state: 'failed', error: { code: 'vonage_7' } });
  await expect.poll(await send('+4930333333')).toMatchObject({ state: 'suppressed' });
});

it('waits as long as a provider asks', async () => {
  const twilio = await serve((_request, response) =>
    response.writeHead(429, { 'retry-after': '600' }).end('busy'),
  );
  const send = await texting([{ ...account, url: twilio.url }]);
  const delivery = await send();
  await expect.poll(delivery).toMatchObject({ state: 'waiting', attempt: 1 });
  const { dueAt, error } = (await delivery())!;
  expect(Date.parse(dueAt!) - Date.parse(error!.at)).toBe(600_000);
});

it('takes providers of plugins, and says when there is none', async () => {
  const sent: SmsMessage[] = [];
  const provider = definePlugin({
    manifest: { id: 'pigeon', version: '1.0.0' },
    setup(plugin) {
      plugin.contribute(smsProvidersPoint, {
        name: 'pigeon',
        send(message) {
          sent.push(message);
          return { sent: true, providerId: null };
        },
      });
    },
  });
  const send = await texting([], [provider]);
  await expect.poll(await send()).toMatchObject({ state: 'sent', provider: 'pigeon' });
  expect(sent[0]?.to).toBe('+4930123456');
  const alone = await texting([]);
  await expect.poll(await alone()).toMatchObject({ state: 'skipped', cause: 'channel_not_set_up' });
});

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { outboundPlugin } from '@objectos/outbound';
import { serverPlugin } from '@objectos/plugin-server';
import { authenticatorService, definePlugin, httpServerService } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { twilioSignature } from '../src/callbacks/twilio.js';
import { vonageSignature } from '../src/callbacks/vonage.js';
import { form, json, serve, serveMail } from './servers.js';
import { ctx, databases, start } from './support.js';

const ORIGIN = 'https://crm.example.com';
const BASE = '/api/notifications/callbacks';
const topic = {
  name: 'alarm',
  label: 'Alarm',
  channels: ['sms' as const, 'email' as const],
  templates: { en: { subject: 'Alarm', text: 'It is hot.' } },
};
const SECRET = 'signature-secret';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An application with accounts at four providers, over HTTP. */
async function startApplication(url: string | undefined) {
  let sent = 0;
  /** What Twilio does before it answers a request to send. */
  const hurry: { first?: (values: Record<string, string>) => Promise<unknown> } = {};
  const twilio = await serve((request, response) => {
    const sid = `SM${(sent += 1)}`;
    const answer = () => json(response, 201, { sid });
    void (hurry.first?.(form(request)) ?? Promise.resolve()).then(answer);
  });
  const vonage = await serve((_request, response) =>
    json(response, 200, { messages: [{ status: '0', 'message-id': `V${(sent += 1)}` }] }),
  );
  const mail = await serveMail();
  const twilioAccount = { accountSid: 'AC1', authToken: 'token', from: '+4915112345' };
  const vonageAccount = { apiKey: 'key', apiSecret: 's', from: '4915154321' };
  const nobody = definePlugin({
    manifest: { id: 'nobody', version: '1.0.0' },
    setup: (plugin) => void plugin.provide(authenticatorService, { authenticate: () => undefined }),
  });
  const { kernel, service, jobs } = await start({
    url,
    plugins: [outboundPlugin, nobody, serverPlugin],
    settings: {
      '@objectos/outbound': { allow: ['127.0.0.1'] },
      '@objectos/plugin-server': { port: 0 },
    },
    config: {
      topics: [topic],
      origin: ORIGIN,
      smtp: [`smtp://${mail.host}?tls=none`],
      sms: [
        { type: 'twilio', ...twilioAccount, url: twilio.url },
        { type: 'vonage', ...vonageAccount, url: vonage.url, signatureSecret: SECRET },
      ],
      mailCallbacks: [
        { type: 'mailgun', signingKey: 'signing-key' },
        {
          type: 'sendgrid',
          publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
        },
      ],
    },
  });
  const { url: address } = kernel.service(httpServerService);

  async function post(path: string, init: RequestInit): Promise<number | string> {
    const answer = await fetch(address + path, { method: 'POST', ...init });
    const text = await answer.text();
    return text === '' ? answer.status : (JSON.parse(text) as { code: string }).code;
  }
  return {
    twilio,
    hurry,
    service,
    jobs,
    post,
    /** Emits, waits until it is sent, and answers with how to look at it. */
    async send(to: { phone: string } | { email: string }) {
      const { id } = await service.emit(
        { topic: 'alarm', audience: { addresses: [to] }, payload: {} },
        ctx,
      );
      const channel = 'phone' in to ? 'sms' : 'email';
      const look = async () => (await service.deliveries({ notificationId: id, channel }))[0];
      await expect.poll(async () => (await look())?.finishedAt ?? null).not.toBeNull();
      return look;
    },
    twilioPost(values: Record<string, string>, path = `${BASE}/twilio`, token = 'token') {
      const body = new URLSearchParams(values);
      const signature = twilioSignature(ORIGIN + path, body, token);
      return post(path, { body, headers: { 'x-twilio-signature': signature } });
    },
    vonagePost(given: Record<string, string>, { at = Date.now(), secret = SECRET } = {}) {
      const values = { ...given, timestamp: String(Math.floor(at / 1_000)), nonce: 'n' };
      const sig = vonageSignature(values, secret, 'sha256').toUpperCase();
      const body = JSON.stringify({ ...values, sig });
      return post(`${BASE}/vonage`, { body, headers: { 'content-type': 'application/json' } });
    },
    mailgunPost(data: object, token: string, key = 'signing-key') {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', key)
        .update(timestamp + token)
        .digest('hex');
      const body = JSON.stringify({
        signature: { timestamp, token, signature },
        'event-data': data,
      });
      return post(`${BASE}/mailgun`, { body, headers: { 'content-type': 'application/json' } });
    },
    sendgridPost(events: object[]) {
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const body = JSON.stringify(events);
      const signature = sign('sha256', Buffer.from(timestamp + body), privateKey);
      return post(`${BASE}/sendgrid`, {
        body,
        headers: {
          'content-type': 'application/json',
          'x-twilio-email-event-webhook-signature': signature.toString('base64'),
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
      });
    },
  };
}

const kinds = Object.entries(databases).filter(([kind]) => kind !== 'memory');

describe.each(kinds)('what providers tell, on %s', (_kind, database) => {
  it('goes to the log and the suppressions, once, and only when it is signed', async () => {
    const app = await startApplication(await database());

    // Twilio: the address to call goes along, and is signed with what it says.
    const text = await app.send({ phone: '+4930111111' });
    const { id } = (await text())!;
    const asked = form(app.twilio.received[0]!)['StatusCallback'];
    const path = `${BASE}/twilio?delivery=${id}`;
    expect(asked).toBe(ORIGIN + path);
    const delivered = { MessageSid: 'SM1', MessageStatus: 'delivered', To: '+4930111111' };
    expect(await app.twilioPost(delivered, path, 'guess')).toBe('callback_refused');
    // Signed for another address, or not at all.
    const other = {
      'x-twilio-signature': twilioSignature(ORIGIN + path, new URLSearchParams(), 'token'),
    };
    expect(await app.post(path, { body: new URLSearchParams(delivered), headers: other })).toBe(
      'callback_refused',
    );
    expect(await app.post(path, { body: new URLSearchParams(delivered) })).toBe('callback_refused');
    expect((await text())!.receipt).toBeNull();
    expect(await app.twilioPost(delivered, path)).toBe(204);
    expect(await text()).toMatchObject({ state: 'sent', receipt: { kind: 'delivered' } });
    expect(await app.twilioPost({ ...delivered, MessageStatus: 'sent' }, path)).toBe(204);
    expect((await text())!.receipt).toMatchObject({ kind: 'delivered' });

    // A number that is none: the delivery failed, and the number gets nothing more.
    const dead = { MessageSid: 'SM2', MessageStatus: 'undelivered', ErrorCode: '30005' };
    const bounced = await app.send({ phone: '+4930222222' });
    expect(await app.twilioPost(dead)).toBe(204);
    expect(await bounced()).toMatchObject({
      state: 'failed',
      cause: 'bounced',
      error: { code: 'twilio_30005' },
      receipt: { kind: 'bounced', code: 'twilio_30005' },
    });
    const after = await app.send({ phone: '+4930222222' });
    expect(await after()).toMatchObject({ state: 'suppressed', cause: 'bounced' });
    // Nobody learns which messages there are.
    expect(await app.twilioPost({ ...dead, MessageSid: 'SM99' })).toBe(204);

    // Twilio may know the end before we know that it took the message.
    app.hurry.first = ({ StatusCallback: at = '' }) =>
      app.twilioPost({ ...dead, MessageSid: 'SMx' }, at.slice(ORIGIN.length));
    const early = await app.send({ phone: '+4930555555' });
    await expect.poll(() => app.jobs.list({ state: 'active' })).toEqual([]);
    expect(await early()).toMatchObject({ state: 'failed', receipt: { kind: 'bounced' } });
    delete app.hurry.first;

    // STOP and START, to our number only.
    const answer = { From: '+4930333333', To: '+4915112345', Body: 'Stop', MessageSid: 'SMa' };
    expect(await app.twilioPost({ ...answer, To: '+499999', MessageSid: 'SMb' })).toBe(204);
    expect(await (await app.send({ phone: '+4930333333' }))()).toMatchObject({ state: 'sent' });
    expect(await app.twilioPost(answer)).toBe(204);
    expect(await (await app.send({ phone: '+4930333333' }))()).toMatchObject({ cause: 'stopped' });
    expect(await app.twilioPost({ ...answer, Body: 'START', MessageSid: 'SMc' })).toBe(204);
    // The old STOP, sent again by somebody who overheard it, has no effect any more.
    expect(await app.twilioPost(answer)).toBe(204);
    expect(await (await app.send({ phone: '+4930333333' }))()).toMatchObject({ state: 'sent' });

    // Mail: by the id that it bears.
    const letter = await app.send({ email: 'ada@example.com' });
    const ours = `${(await letter())!.id}@localhost`;
    const message = { headers: { 'message-id': ours } };
    expect(await app.mailgunPost({ event: 'delivered', message }, 't1', 'wrong')).toBe(
      'callback_refused',
    );
    expect(await app.mailgunPost({ event: 'delivered', message }, 't1')).toBe(204);
    // What is said is not signed there, so that its token counts once.
    expect(await app.mailgunPost({ event: 'complained', message }, 't1')).toBe(204);
    const soft = { event: 'failed', severity: 'temporary', message };
    expect(await app.mailgunPost(soft, 't2')).toBe(204);
    expect((await letter())!.receipt).toMatchObject({ kind: 'delivered' });
    expect(await app.mailgunPost({ event: 'complained', message }, 't3')).toBe(204);
    expect(await letter()).toMatchObject({ state: 'sent', receipt: { kind: 'complained' } });
    expect(await (await app.send({ email: 'Ada@example.com' }))()).toMatchObject({
      cause: 'complained',
    });

    // SendGrid: many at once, one of them nobody's.
    const [one, two] = [
      await app.send({ email: 'b@x.example' }),
      await app.send({ email: 'c@x.example' }),
    ];
    const smtpId = async (look: typeof one) => `<${(await look())!.id}@localhost>`;
    const events = [
      { event: 'delivered', sg_event_id: 'e1', 'smtp-id': await smtpId(one) },
      {
        event: 'bounce',
        type: 'bounce',
        status: '5.1.1',
        sg_event_id: 'e2',
        'smtp-id': await smtpId(two),
      },
      { event: 'bounce', sg_event_id: 'e3', 'smtp-id': '<none@localhost>' },
      { event: 'open', sg_event_id: 'e4', 'smtp-id': await smtpId(two) },
    ];
    expect(await app.sendgridPost(events)).toBe(204);
    expect((await one())!.receipt).toMatchObject({ kind: 'delivered' });
    expect(await two()).toMatchObject({ state: 'failed', error: { code: 'sendgrid_5.1.1' } });

    // Vonage: its signature has a moment in it.
    const stop = { msisdn: '4930444444', to: '4915154321', messageId: 'M1', text: 'STOP' };
    expect(await app.vonagePost(stop, { at: Date.now() - 25 * 3_600_000 })).toBe(
      'callback_refused',
    );
    expect(await app.vonagePost(stop, { secret: 'guess' })).toBe('callback_refused');
    expect(await (await app.send({ phone: '+4930444444' }))()).toMatchObject({ state: 'sent' });
    expect(await app.vonagePost(stop)).toBe(204);
    expect(await (await app.send({ phone: '+4930444444' }))()).toMatchObject({ cause: 'stopped' });

    // What is not set up is not there; what is no callback is refused.
    expect(await app.post(`${BASE}/pigeon`, { body: '{}' })).toBe('endpoint_not_found');
    expect(await app.post(`${BASE}/sendgrid`, { body: 'x' })).toBe('callback_refused');
    expect(await app.post(`${BASE}/mailgun`, { body: 'x' })).toBe('callback_refused');
  });
});

import { outboundPlugin } from '@objectos/outbound';
import { failureInboxService } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { serve, serveMail, smtpError } from './servers.js';
import { call, ctx, databases, principal, start } from './support.js';

it('brings mail and webhooks that were given up to the failure inbox', async () => {
  let isBroken = true;
  const mailServer = await serveMail({
    refuse: () => (isBroken ? smtpError(554, '5.7.1 refused') : undefined),
  });
  const receiver = await serve((_request, response) =>
    response.writeHead(isBroken ? 410 : 204).end(),
  );
  const { kernel, service, routes } = await start({
    url: await databases['SQLite']!(),
    plugins: [outboundPlugin],
    settings: { '@objectos/outbound': { allow: ['127.0.0.1'] } },
    config: { smtp: [`smtp://${mailServer.host}?tls=none`] },
  });
  const inbox = kernel.service(failureInboxService);
  const as = principal('manager', 'acme');
  const endpoints = '/api/notifications/endpoints';
  const body = { url: receiver.url, topics: ['deal.won'], label: 'ERP' };
  const endpoint = (await call(routes, { method: 'POST', path: endpoints, body, as })) as {
    id: string;
  };
  for (const email of ['a@example.com', 'b@example.com']) {
    await service.emit(
      { topic: 'deal.won', audience: { addresses: [{ email }] }, payload: { name: 'Acme', id: 1 } },
      ctx,
    );
  }
  const groups = async () =>
    (await inbox.groups({ tenantId: 'acme' })).groups
      .map(({ source, title, count, code }) => `${source} ${title} ${code} ${count}`)
      .sort();
  await expect
    .poll(groups)
    .toEqual(
      expect.arrayContaining([
        'notifications deal.won by email smtp_554 2',
        expect.stringContaining(`webhooks endpoint ${endpoint.id} http_410`),
      ]),
    );
  expect((await inbox.groups({ tenantId: 'other' })).groups).toEqual([]);

  isBroken = false;
  await call(routes, {
    method: 'PATCH',
    path: `${endpoints}/${endpoint.id}`,
    body: { enabled: true },
    as,
  });
  const all = (await inbox.groups({})).groups;
  const mails = all.find(({ source }) => source === 'notifications')!;
  const [one, two] = await inbox.list(mails.fingerprint, {});
  expect(one).toMatchObject({ payload: { name: 'Acme', id: 1 }, editable: true, attempts: 1 });
  expect(await inbox.get('notifications', one!.id, {})).toEqual(one);
  await inbox.replay('notifications', one!.id, { payload: { name: 'Corrected', id: 1 } });
  await expect.poll(() => mailServer.mails.length).toBe(1);
  expect(mailServer.mails[0]?.text).toContain('Subject: Won: Corrected');
  await inbox.replay('notifications', two!.id, {});
  for (const { fingerprint } of all.filter(({ source }) => source === 'webhooks')) {
    await inbox.replayGroup(fingerprint, {});
  }
  await expect.poll(groups).toEqual([]);
  // What is replayed is no failure from that moment on; it is sent a little later.
  const taken = () => receiver.received.filter(({ method }) => method === 'POST').length;
  await expect.poll(taken).toBeGreaterThanOrEqual(2);
});

import {
  accessPolicyService,
  definePlugin,
  failureInboxService,
  failureSourcesPoint,
  jobsService,
  routesPoint,
  systemContext,
  type Failure,
  type Principal,
  type Route,
} from '@objectos/spec/contracts';
import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { jobsPlugin } from '../src/index.js';
import { fingerprintOf } from '../src/failures/fingerprint.js';
import { replayFailures } from '../src/failures/replay-job.js';

const postgres = await findPostgres();
const databases: Record<string, () => Promise<string | undefined>> = {
  memory: async () => undefined,
  SQLite: async () => 'sqlite::memory:',
  ...(postgres === undefined
    ? {}
    : {
        async PostgreSQL() {
          const place = await emptyPostgres(postgres);
          onTestFinished(() => place.drop());
          return place.url;
        },
      }),
};

const acme = systemContext('test', { tenantId: 'acme' });
const other = systemContext('test', { tenantId: 'other' });
const once = { maxAttempts: 1 };

async function start(url?: string, plugins: ReturnType<typeof definePlugin>[] = []) {
  const routes: Route[] = [];
  const host = definePlugin({
    manifest: { id: 'host', version: '1.0.0' },
    setup(ctx) {
      ctx.provide(accessPolicyService, {
        decide: () => ({ allowed: false, reason: 'no' }),
        permits: ({ id }, permission) => id === 'ada' && permission === 'manage_failures',
      });
      ctx.consume(routesPoint, (all) => {
        routes.splice(0, routes.length, ...all.map(({ value }) => value));
      });
    },
  });
  const data = url === undefined ? [] : [objectqlPlugin({ driver: new SqlDriver({ url }) })];
  const kernel = await createTestKernel({
    plugins: [host, ...data, jobsPlugin, ...plugins],
    config: { '@objectos/jobs': { pollInterval: 20 } },
  });
  const jobs = kernel.service(jobsService);
  const inbox = kernel.service(failureInboxService);
  const dead = async (count: number) =>
    expect.poll(async () => (await jobs.list({ state: 'dead' })).length).toBe(count);
  return { kernel, jobs, inbox, routes, dead };
}

/** Answers of the route with this method and pattern. */
async function ask(
  routes: readonly Route[],
  pattern: string,
  {
    params = {},
    query = '',
    body,
    as = user('ada'),
    headers = {},
  }: {
    params?: Record<string, string>;
    query?: string;
    body?: unknown;
    as?: Principal;
    headers?: Record<string, string>;
  } = {},
) {
  const [method, path] = pattern.split(' ');
  const route = routes.find((one) => one.method === method && one.path === path);
  if (route === undefined) throw new Error(`no route ${pattern}`);
  const init =
    body === undefined
      ? { method: method!, headers }
      : { method: method!, headers, body: JSON.stringify(body) };
  try {
    const request = new Request(`http://x${path}${query}`, init);
    const answer = await route.handler(request, { principal: as, requestId: 'r', params });
    return ((await answer.json()) as { data: Record<string, unknown> }).data;
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}

const user = (id: string, tenantId: string | null = null): Principal => ({
  kind: 'user',
  id,
  tenantId,
  roles: [],
  fingerprint: id,
});

describe.each(Object.entries(databases))('the failure inbox on %s', (_kind, open) => {
  it('groups by cause, and replays one, corrected, or all', async () => {
    const { jobs, inbox, dead } = await start(await open());
    let isBroken = true;
    const schema = z.strictObject({ invoice: z.string() });
    jobs.handle({ name: 'bill', schema }, ({ payload }) => {
      if (isBroken) throw new Error(`customer 4711 of "${payload.invoice}" has no address`);
      return payload.invoice;
    });
    jobs.handle('fetch', () => {
      if (isBroken) throw new Error('connection refused');
    });
    for (const invoice of ['A', 'B', 'C']) await jobs.enqueue('bill', { invoice }, acme, once);
    await jobs.enqueue('fetch', {}, other, once);
    await dead(4);
    const { groups, truncated } = await inbox.groups({});
    expect(truncated).toBe(false);
    expect(groups.map(({ source, title, count }) => [source, title, count]).sort()).toEqual([
      ['jobs', 'bill', 3],
      ['jobs', 'fetch', 1],
    ]);
    const { fingerprint } = groups.find(({ title }) => title === 'bill')!;
    expect((await inbox.groups({ tenantId: 'other' })).groups).toMatchObject([{ title: 'fetch' }]);
    expect((await inbox.groups({ source: 'webhooks' })).groups).toEqual([]);
    const failures = await inbox.list(fingerprint, {});
    expect(failures.map(({ payload }) => payload)).toContainEqual({ invoice: 'A' });
    const [one] = failures as [Failure];
    expect(await inbox.get('jobs', one.id, { tenantId: 'acme' })).toMatchObject({
      attempts: 1,
      editable: true,
    });

    isBroken = false;
    await expect(inbox.replay('jobs', one.id, { payload: { invoice: 7 } })).rejects.toMatchObject({
      code: 'job_payload_invalid',
    });
    await inbox.replay('jobs', one.id, { payload: { invoice: 'D' } });
    await expect.poll(async () => (await jobs.get(one.id))?.result).toBe('D');
    expect(await inbox.replayGroup(fingerprint, { tenantId: 'acme' })).toEqual({
      replayed: 2,
      refused: 0,
    });
    await dead(1);
    const unknown = { code: 'failure_not_found' };
    await expect(inbox.replayGroup(fingerprint, {})).rejects.toMatchObject(unknown);
    await expect(inbox.get('jobs', one.id, {})).rejects.toMatchObject(unknown);
    await expect(inbox.get('nothing', 'x', {})).rejects.toMatchObject(unknown);
    const [left] = (await inbox.groups({})).groups;
    const [theirs] = await inbox.list(left!.fingerprint, {});
    await expect(inbox.get('jobs', theirs!.id, { tenantId: 'acme' })).rejects.toMatchObject(
      unknown,
    );
  });

  it('replays everything that nobody muted, in the background, with its progress', async () => {
    const { jobs, inbox, dead } = await start(await open());
    let isBroken = true;
    const handle = (name: string) =>
      jobs.handle(name, () => {
        if (isBroken) throw new Error('no');
      });
    for (const name of ['a', 'b', 'muted']) handle(name);
    jobs.handle('hopeless', () => {
      throw new Error('never');
    });
    for (const name of ['a', 'b', 'muted', 'hopeless']) {
      for (let n = 0; n < 10; n += 1) await jobs.enqueue(name, { n }, acme, once);
    }
    await jobs.enqueue('a', {}, other, once);
    await dead(41);
    const { groups } = await inbox.groups({});
    const muted = groups.find(({ title }) => title === 'muted')!;
    await inbox.mute(muted.fingerprint, new Date(Date.now() + 60_000), { tenantId: 'acme' });
    isBroken = false;
    const { id } = await jobs.enqueue(replayFailures, {}, acme);
    await expect.poll(async () => (await jobs.get(id))?.state).toBe('completed');
    // What failed anew meanwhile waits for the next time, and does not go round in circles.
    expect(await jobs.get(id)).toMatchObject({
      result: { replayed: 30, refused: 0 },
      work: { done: 30, total: 30, errors: 0 },
      startedBy: 'system:test',
    });
    // The muted ones, those that fail again, and the one of another organization.
    await dead(21);
    expect((await inbox.groups({ tenantId: 'other' })).groups).toMatchObject([{ count: 1 }]);
  });

  it('stops a replay between two failures, and shows a failed one to who started it', async () => {
    const { jobs, inbox, dead } = await start(await open());
    jobs.handle('a', () => {
      throw new Error('no');
    });
    for (let n = 0; n < 3; n += 1) await jobs.enqueue('a', {}, acme, once);
    await dead(3);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(inbox.replayAll({}, { signal })).rejects.toThrow('enough');
    const gone = await jobs.enqueue(replayFailures, { fingerprint: 'nothing' }, acme);
    await expect.poll(async () => (await jobs.get(gone.id))?.state).toBe('dead');
    expect((await jobs.get(gone.id))?.error).toMatchObject({ code: 'failure_not_found' });
    // It is nobody's else to look after.
    expect((await inbox.groups({})).groups).toMatchObject([{ title: 'a', count: 3 }]);
    await expect(inbox.get('jobs', gone.id, {})).rejects.toMatchObject({
      code: 'failure_not_found',
    });
  });

  it('hides a muted group until its time, each tenant for itself', async () => {
    const { jobs, inbox, dead } = await start(await open());
    jobs.handle('noise', () => {
      throw new Error('always');
    });
    await jobs.enqueue('noise', {}, acme, once);
    await dead(1);
    const [group] = (await inbox.groups({})).groups;
    const { fingerprint } = group!;
    const soon = new Date(Date.now() + 60_000);
    await inbox.mute(fingerprint, soon, {});
    await inbox.mute(fingerprint, soon, {});
    expect((await inbox.groups({})).groups).toEqual([]);
    expect((await inbox.groups({ tenantId: 'acme' })).groups).toHaveLength(1);
    expect((await inbox.groups({ muted: true })).groups).toMatchObject([
      { mutedUntil: soon.toISOString() },
    ]);
    await inbox.mute(fingerprint, new Date(Date.now() - 1), {});
    expect((await inbox.groups({})).groups).toHaveLength(1);
    await inbox.mute(fingerprint, soon, {});
    await inbox.unmute(fingerprint, {});
    expect((await inbox.groups({})).groups).toHaveLength(1);
    await expect(inbox.mute('nothing', soon, {})).rejects.toMatchObject({
      code: 'failure_not_found',
    });
  });
});

const failure: Failure = {
  source: 'imports',
  id: 'i1',
  title: 'import',
  code: 'x',
  message: 'row 7 of "a.csv" for ada@example.com: 019f0000-aaaa-7000-8000-000000000000',
  at: '2026-01-01T00:00:00.000Z',
  attempts: 1,
  tenantId: null,
  payload: null,
  editable: false,
};

it('takes failures of any plugin, in which one that is refused stops no other', async () => {
  const replayed: string[] = [];
  const importer = definePlugin({
    manifest: { id: 'importer', version: '1.0.0' },
    setup(ctx) {
      const all = [failure, { ...failure, id: 'i2', message: failure.message.replace('7', '8') }];
      ctx.contribute(failureSourcesPoint, {
        name: 'imports',
        list: () => all,
        get: (id) => all.find((one) => one.id === id),
        replay(id) {
          if (id === 'i1') throw new Error('not now');
          replayed.push(id);
        },
      });
    },
  });
  const { inbox, kernel } = await start(undefined, [importer]);
  const { groups } = await inbox.groups({});
  expect(groups).toMatchObject([{ source: 'imports', count: 2 }]);
  expect(await inbox.replayGroup(groups[0]!.fingerprint, {})).toEqual({ replayed: 1, refused: 1 });
  expect(replayed).toEqual(['i2']);
  expect(kernel.logs.some(({ message }) => message.includes('could not be replayed'))).toBe(true);
  await expect(inbox.replay('imports', 'i2', { payload: {} })).rejects.toMatchObject({
    code: 'failure_not_editable',
  });
});

it('tells causes apart, and particulars not', () => {
  const same = [
    { message: failure.message.replace('7', '4711') },
    { message: failure.message.replace('a.csv', 'b.csv') },
    { message: failure.message.replace('ada@', 'bob.b@') },
    { message: failure.message.replace('aaaa', 'bbbb') },
    { id: 'other', at: '2027-01-01T00:00:00.000Z', tenantId: 'acme', payload: 1 },
  ];
  for (const change of same)
    expect(fingerprintOf({ ...failure, ...change })).toBe(fingerprintOf(failure));
  const different = [{ source: 's' }, { title: 't' }, { code: 'y' }, { message: 'column 7' }];
  for (const change of different) {
    expect(fingerprintOf({ ...failure, ...change })).not.toBe(fingerprintOf(failure));
  }
});

it('answers over HTTP to administrators only, each in their organization', async () => {
  const { jobs, routes, dead } = await start();
  let isBroken = true;
  jobs.handle('a', () => {
    if (isBroken) throw new Error('no');
  });
  await jobs.enqueue('a', { n: 1 }, acme, once);
  await jobs.enqueue('a', { n: 2 }, other, once);
  await dead(2);
  const ada = { as: user('ada', 'acme') };
  const { groups } = (await ask(routes, 'GET /api/failures', ada)) as {
    groups: { fingerprint: string }[];
  };
  expect(groups).toMatchObject([{ title: 'a', count: 1 }]);
  const params = { fingerprint: groups[0]!.fingerprint };
  const { failures } = (await ask(routes, 'GET /api/v1/failures/groups/:fingerprint', {
    ...ada,
    params,
  })) as {
    failures: Failure[];
  };
  expect(failures).toMatchObject([{ payload: { n: 1 }, tenantId: 'acme' }]);
  // Somebody of the platform elevates to see more; only the system sees all.
  expect(await ask(routes, 'GET /api/failures')).toMatchObject({ groups: [] });
  for (const [pattern, named] of [
    ['GET /api/failures/:source/:id', { source: 'jobs', id: failures[0]!.id }],
    ['POST /api/failures/:source/:id/replay', { source: 'jobs', id: failures[0]!.id }],
    ['GET /api/failures/groups/:fingerprint', params],
    ['POST /api/failures/groups/:fingerprint/replay', params],
  ] as const) {
    const body = pattern.startsWith('POST') ? {} : undefined;
    const answer = await ask(routes, pattern, { params: named, body });
    expect([pattern, answer]).toEqual([pattern, { code: 'failure_not_found' }]);
  }
  const replayed = await ask(routes, 'POST /api/failures/replay', { body: {} });
  expect(replayed).toEqual({ replayed: 0, refused: 0 });
  const system = { as: systemContext('test').principal };
  expect(await ask(routes, 'GET /api/failures', system)).toMatchObject({ groups: [{ count: 2 }] });
  expect(
    await ask(routes, 'POST /api/failures/groups/:fingerprint/mute', { ...ada, params, body: {} }),
  ).toEqual({
    mutedUntil: expect.any(String) as string,
  });
  expect(await ask(routes, 'GET /api/failures', ada)).toMatchObject({ groups: [] });
  expect(
    await ask(routes, 'GET /api/failures', { ...ada, query: '?muted=true&source=jobs' }),
  ).toMatchObject({
    groups: [{ count: 1 }],
  });
  await ask(routes, 'POST /api/failures/groups/:fingerprint/unmute', { ...ada, params });
  isBroken = false;
  const one = { source: 'jobs', id: failures[0]!.id };
  expect(await ask(routes, 'GET /api/failures/:source/:id', { ...ada, params: one })).toMatchObject(
    { id: one.id },
  );
  await ask(routes, 'POST /api/failures/:source/:id/replay', {
    ...ada,
    params: one,
    body: { payload: { n: 3 } },
  });
  await dead(1);
  const inBackground = { params, headers: { prefer: 'respond-async' } };
  const replaying = await ask(
    routes,
    'POST /api/failures/groups/:fingerprint/replay',
    // A replay in the background runs as a user, whom this host could not find again.
    { ...inBackground, as: systemContext('operator').principal },
  );
  const { id: job, links } = replaying as { id: string; links: object };
  expect(links).toEqual({ self: `/api/jobs/${job}`, cancel: `/api/jobs/${job}/cancel` });
  await expect
    .poll(() => jobs.get(job))
    .toMatchObject({ state: 'completed', result: { replayed: 1, refused: 0 } });
  expect(await ask(routes, 'POST /api/failures/replay', inBackground)).toEqual({
    code: 'job_starter_unknown',
  });
  expect(await ask(routes, 'POST /api/failures/replay', { body: { source: 'jobs' } })).toEqual({
    replayed: 0,
    refused: 0,
  });
  const eve = { as: user('eve', 'acme'), params: { ...params, ...one } };
  for (const { method, path } of routes.filter((route) => route.path.startsWith('/api/failures'))) {
    expect(await ask(routes, `${method} ${path}`, eve)).toEqual({ code: 'permission_denied' });
  }
  const wrong = { params: { ...params, ...one }, body: { until: 'tomorrow' } };
  expect(await ask(routes, 'POST /api/failures/groups/:fingerprint/mute', wrong)).toEqual({
    code: 'body_invalid',
  });
  expect(await ask(routes, 'GET /api/failures', { query: '?muted=perhaps' })).toEqual({
    code: 'invalid_parameter',
  });
});

import { systemContext, type SystemPrincipal } from '@objectos/spec/contracts';
import type { Row, TableSchema } from '@objectql/core/driver';
import { describe, expect, it } from 'vitest';
import { auditTable, checkpointTable, headTable } from '../src/tables.js';
import { boot, postgresUrl, server, user } from './support.js';

const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  );

describe.each([
  ['SQLite', async (): Promise<string> => ':memory:'],
  ...(server === undefined ? [] : [['PostgreSQL', postgresUrl] as const]),
] as const)('the audit log on %s', (_name, url) => {
  it('tells who changed what, when and from where, with masked values', async () => {
    const { engine, audit } = await boot(await url());
    const ada = user('ada');
    const { id } = await engine.insert('account', { name: 'Acme', pin: '1234' }, ada);
    const other = {
      ...user('bob'),
      principal: { ...user('bob').principal, impersonatedBy: 'root' },
    };
    await engine.update(
      'account',
      id as string,
      { name: 'Acme AG', pin: '9' },
      other as typeof ada,
    );
    await audit.settled();
    const entries = await audit.list({ object: 'account' });
    expect(entries.map(({ kind }) => kind)).toEqual(['record.update', 'record.create']);
    expect(entries[0]).toMatchObject({
      sequence: 2,
      tenantId: 'acme',
      actor: 'bob',
      impersonatedBy: 'root',
      recordId: id,
      revision: 2,
      changed: ['name', 'pin'],
      before: { name: 'Acme', pin: '***' },
      after: { name: 'Acme AG', pin: '***' },
      origin: { surface: 'http', ip: '192.0.2.7', userAgent: 'test' },
      requestId: 'request of bob',
    });
    expect(JSON.stringify(entries)).not.toContain('1234');
    await audit.settled();
    expect(await audit.list({}), 'copied once').toHaveLength(2);
  });

  it('tells refused accesses and what plugins report', async () => {
    const { engine, audit } = await boot(await url());
    expect(await codeOf(engine.insert('account', { name: 'x' }, user('eve')))).toBe(
      'permission_denied',
    );
    await audit.record({ kind: 'settings.changed', detail: { key: 'logo' } }, user('ada'));
    await expect.poll(async () => (await audit.list({})).length).toBe(2);
    expect(await audit.list({ kind: 'access.denied' })).toMatchObject([
      { actor: 'eve', object: 'account', detail: { operation: 'create' } },
    ]);
    expect(await audit.list({ kind: 'settings.changed' })).toMatchObject([
      { detail: { key: 'logo' } },
    ]);
    for (const kind of ['nonsense', 'record.create', 'Area.verb']) {
      expect(await codeOf(audit.record({ kind }, user('ada')))).toBe('audit_event_invalid');
    }
    const detail = { text: 'x'.repeat(20_000) };
    expect(await codeOf(audit.record({ kind: 'a.b', detail }, user('ada')))).toBe(
      'audit_event_invalid',
    );
  });

  it('keeps a chain for each tenant, and names the first broken entry', async () => {
    const { engine, audit, database } = await boot(await url(), {
      signingKey: 'a-key-of-tests-0123456789-abcdefghijkl',
      checkpointEvery: 2,
    });
    for (const tenant of ['acme', 'other']) {
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        await engine.insert('account', { name }, user('ada', tenant));
    }
    const sound = await audit.verify();
    expect(sound.filter(({ tenantId }) => tenantId !== null)).toEqual([
      { tenantId: 'acme', entries: 5, valid: true },
      { tenantId: 'other', entries: 5, valid: true },
    ]);

    const ctx = { principal: SYSTEM, requestId: 'x' };
    const tamper = (id: string, set: Record<string, unknown>) =>
      database.transaction(ctx, (session) =>
        session.update({ table: auditTable, set, where: { op: 'eq', field: 'id', value: id } }),
      );
    const broken = async () => (await audit.verify('acme'))[0]?.broken;
    const third = 'acme:000000000003';
    const [row] = await database.reader.find({
      table: auditTable,
      columns: ['content', 'actor'],
      where: { op: 'eq', field: 'id', value: third },
    });
    await tamper(third, { content: '{"before":null}' });
    expect(await broken()).toEqual({ sequence: 3, reason: 'its content was changed' });
    await tamper(third, { content: row?.['content'], actor: 'somebody else' });
    expect(await broken()).toMatchObject({ sequence: 3 });
    await tamper(third, { actor: row?.['actor'] });
    expect(await broken()).toBeUndefined();
    const readHead = (table: TableSchema, id: string, columns: readonly string[]) =>
      database.reader.find({ table, columns, where: { op: 'eq', field: 'id', value: id } });
    const signed = ['sequence', 'hash', 'signature'];
    const older = await readHead(headTable, 'chain:acme', signed);
    await audit.record({ kind: 'a.b' }, user('ada'));
    const remove = (id: string) =>
      database.transaction(ctx, (session) =>
        session.delete({ table: auditTable, where: { op: 'eq', field: 'id', value: id } }),
      );
    await remove('acme:000000000006');
    expect(await broken()).toEqual({ sequence: 6, reason: 'entries at the end are missing' });
    // Head and end cut off together: the checkpoint of the sixth entry is still there.
    const setHead = ([set = {}]: readonly Row[]) =>
      database.transaction(ctx, (session) =>
        session.update({
          table: headTable,
          set,
          where: { op: 'eq', field: 'id', value: 'chain:acme' },
        }),
      );
    const head = await readHead(headTable, 'chain:acme', signed);
    await setHead(older);
    expect(await broken()).toEqual({
      sequence: 6,
      reason: 'entries that a checkpoint signed are missing',
    });
    // Where there is no checkpoint yet, or none any more, nobody without the key makes an end.
    await database.transaction(ctx, (session) =>
      session.delete({ table: checkpointTable, where: { op: 'and', args: [] } }),
    );
    const unsigned = 'the end before it is not signed with a key of this installation';
    for (const signature of [head[0]!['signature'], null]) {
      const [made] = await readHead(auditTable, 'acme:000000000005', ['sequence', 'hash']);
      await setHead([{ ...made, signature }]);
      expect(await broken()).toEqual({ sequence: 6, reason: unsigned });
    }
    await setHead(head);
    await remove('acme:000000000002');
    expect(await broken()).toEqual({ sequence: 2, reason: 'the entry is missing' });
    expect((await audit.verify('other'))[0]?.valid).toBe(true);
  });

  it('keeps one chain under many writers at once', async () => {
    const { engine, audit } = await boot(await url());
    await Promise.all([
      ...Array.from({ length: 30 }, (_, index) =>
        engine.insert('account', { name: `a${index}` }, user('ada')),
      ),
      ...Array.from({ length: 10 }, () => audit.record({ kind: 'a.b' }, user('ada'))),
    ]);
    expect((await audit.verify('acme'))[0]).toEqual({ tenantId: 'acme', entries: 40, valid: true });
  });

  it('is found whole while entries are added', async () => {
    const { audit } = await boot(await url(), {
      signingKey: 'a-key-of-tests-0123456789-abcdefghijkl',
      checkpointEvery: 1,
    });
    const write = async () => {
      for (let index = 0; index < 60; index += 1) await audit.record({ kind: 'a.b' }, user('ada'));
    };
    const verdicts: (boolean | undefined)[] = [];
    const verify = async () => {
      for (let index = 0; index < 15; index += 1) {
        verdicts.push((await audit.verify('acme'))[0]?.valid);
      }
    };
    await Promise.all([write(), verify()]);
    expect(verdicts).not.toContain(false);
  });

  it('is read in pages of one chain', async () => {
    const { audit } = await boot(await url());
    for (let index = 0; index < 5; index += 1) {
      await Promise.all([
        audit.record({ kind: 'a.b', detail: { index } }, user('ada')),
        audit.record({ kind: 'a.b', detail: { index } }, user('bob', 'other')),
      ]);
    }
    const seen: number[] = [];
    for (let before: number | undefined; ; before = seen.at(-1)) {
      const page = await audit.list({ tenantId: 'acme', limit: 2, before });
      if (page.length === 0) break;
      seen.push(...page.map(({ sequence }) => sequence));
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    expect(await codeOf(audit.list({ before: 3 }))).toBe('invalid_parameter');
  });

  it('erases values and stays valid', async () => {
    const { engine, audit } = await boot(await url());
    const { id } = await engine.insert('account', { name: 'Canary' }, user('ada'));
    await engine.insert('account', { name: 'Other' }, user('ada'));
    expect(await audit.erase('account', id as string, 'acme')).toBe(1);
    const [entry] = await audit.list({ recordId: id as string });
    expect(entry).toMatchObject({ erased: true, before: null, after: null, kind: 'record.create' });
    expect((await audit.verify('acme'))[0]?.valid).toBe(true);
  });

  it('shows the past of a record to those who may read it, field by field', async () => {
    const { engine, audit } = await boot(await url());
    const ada = user('ada');
    const { id } = await engine.insert('account', { name: 'One', revenue: 1 }, ada);
    const account = id as string;
    await engine.update('account', account, { revenue: 2, industry: 'steel' }, ada);
    const [newest] = await audit.history('account', account, user('eve'));
    expect(newest).toMatchObject({
      changed: ['industry'],
      after: { industry: 'steel' },
      origin: null,
    });
    expect(JSON.stringify(await audit.history('account', account, user('eve')))).not.toContain(
      'revenue',
    );
    expect(await codeOf(audit.history('account', account, user('mallory', 'other')))).toBe(
      'record_not_found',
    );
  });

  it('reads a record as it was, and writes an earlier revision again', async () => {
    const { engine, audit } = await boot(await url());
    const ada = user('ada');
    const { id } = await engine.insert('account', { name: 'One', revenue: 1 }, ada);
    const account = id as string;
    const [created] = await audit.history('account', account, ada);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.update('account', account, { name: 'Two' }, ada);
    expect(await audit.asOf('account', account, created!.at, ada)).toMatchObject({
      id,
      name: 'One',
      revenue: 1,
    });
    expect(await audit.asOf('account', account, '2000-01-01T00:00:00.000Z', ada)).toBeUndefined();
    expect(await audit.asOf('account', account, created!.at, user('eve'))).not.toHaveProperty(
      'revenue',
    );
    const restored = await audit.restoreRevision('account', account, 1, ada);
    expect(restored).toMatchObject({ name: 'One', revision: 3 });
    expect(await codeOf(audit.restoreRevision('account', account, 99, ada))).toBe(
      'audit_revision_unknown',
    );
    expect(await codeOf(audit.restoreRevision('account', account, 1, user('eve')))).toBe(
      'permission_denied',
    );
  });
});

const SYSTEM: SystemPrincipal = { kind: 'system', id: 'test', tenantId: null };

it('tells sign-ins', async () => {
  const { kernel, audit } = await boot();
  kernel.emit('auth.event', {
    kind: 'sign_in_failed',
    endpoint: '/sign-in/email',
    userId: null,
    account: 'ada@example.com',
    impersonatedBy: null,
    ip: '192.0.2.1',
    userAgent: null,
    requestId: 'r1',
    at: '2026-01-01T00:00:00.000Z',
    code: 'unauthenticated',
  });
  await expect.poll(async () => (await audit.list({ kind: 'auth.sign_in_failed' })).length).toBe(1);
  const [entry] = await audit.list({});
  expect(entry).toMatchObject({ actor: 'anonymous', detail: { account: 'ada@example.com' } });
});

it('serves the log to those who view it, of their tenant', async () => {
  const { routes, engine } = await boot();
  await engine.insert('account', { name: 'mine' }, user('ada'));
  const { id } = await engine.insert('account', { name: 'theirs' }, user('ada', 'other'));
  const call = async (
    path: string,
    context: ReturnType<typeof user>,
    params = {},
  ): Promise<unknown> => {
    const route = routes.find((one) => one.path === path && one.method === 'GET')!;
    const request = new Request(`http://x${path}${context.locale ?? ''}`);
    try {
      const answer = await route.handler(request, { ...context, locale: undefined, params });
      return ((await answer.json()) as { data: Record<string, unknown> }).data;
    } catch (error) {
      return { code: (error as { code: string }).code };
    }
  };
  expect(await call('/api/audit/events', user('ada'))).toEqual({ code: 'permission_denied' });
  const seen = await call('/api/audit/events', user('bob'));
  expect(JSON.stringify(seen)).toContain('mine');
  expect(JSON.stringify(seen)).not.toContain('theirs');
  const query = (text: string) => ({ ...user('bob'), locale: text });
  expect(await call('/api/audit/events', query('?colour=red'))).toEqual({
    code: 'unknown_parameter',
  });
  expect(await call('/api/audit/events', query('?from=yesterday'))).toEqual({
    code: 'invalid_parameter',
  });
  expect(await call('/api/audit/verify', user('bob'))).toMatchObject({
    chains: [{ tenantId: 'acme', valid: true }],
  });
  const record = '/api/audit/records/:object/:id';
  expect(await call(record, user('bob'), { object: 'account', id })).toEqual({
    code: 'record_not_found',
  });
});

describe.skipIf(server === undefined)('with a schema for each organization', () => {
  it('the history of a record is none of another organization that has one of its id', async () => {
    const { engine, audit } = await boot(await postgresUrl(), {}, true);
    const system = systemContext('test');
    const options = { acceptId: true };
    for (const id of ['acme', 'other']) {
      await engine.insert('organization', { id, name: id }, system, options);
      const ctx = systemContext('test', { tenantId: id });
      await engine.insert('account', { id: 'same', name: `of ${id}` }, ctx, options);
    }
    await engine.update('account', 'same', { name: 'changed by acme' }, user('ada'));
    const history = await audit.history('account', 'same', user('bob', 'other'));
    expect(history.map(({ after }) => after?.['name'])).toEqual(['of other']);
    expect(await audit.history('account', 'same', user('ada'))).toHaveLength(2);
    const at = new Date(Date.now() + 1000).toISOString();
    const state = await audit.asOf('account', 'same', at, user('bob', 'other'));
    expect(state).toMatchObject({ name: 'of other' });
    // Erasing one of them leaves the other one alone.
    expect(await audit.erase('account', 'same', 'acme')).toBe(2);
    const kept = await audit.history('account', 'same', user('bob', 'other'));
    expect(kept).toMatchObject([{ erased: false, after: { name: 'of other' } }]);
    expect(await audit.erase('account', 'same', null)).toBe(0);
  });
});

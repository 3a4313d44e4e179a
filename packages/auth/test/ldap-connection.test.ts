import { recordingLogger, type LogEntry } from '@objectos/testing';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authConfigSchema } from '../src/config.js';
import { ldapSchema } from '../src/ldap/config.js';
import { createDirectory } from '../src/ldap/directory.js';
import {
  BIND_DN,
  BIND_PASSWORD,
  hasSlapd,
  startDirectory,
  type TestDirectory,
} from './support/slapd.js';

const WORD = 'a word that must not be seen';
const account = { bindDn: BIND_DN, bindPassword: BIND_PASSWORD, base: 'dc=corp,dc=example' };

function access(settings: Readonly<Record<string, unknown>>) {
  const logs: LogEntry[] = [];
  const config = ldapSchema.parse({ kind: 'ldap', ...account, timeoutSeconds: 2, ...settings });
  return { ...createDirectory('corp', config, recordingLogger(logs)), logs };
}

/** A server that does what it is told, and what it was told by its visitors. */
async function listen(serve: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => heard.push(data)).on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ldap://localhost:${(server.address() as AddressInfo).port}`,
    sockets,
    heard: () => Buffer.concat(heard).toString('latin1'),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a server answers to StartTLS: message 1, ExtendedResponse, a result, no names. */
const startTlsAnswer = (result: number) =>
  Buffer.from([0x30, 0x0c, 2, 1, 1, 0x78, 7, 0x0a, 1, result, 4, 0, 4, 0]);
/** A successful bind, said before anybody asked. */
const bindSuccess = (id: number) =>
  Buffer.from([0x30, 0x0c, 2, 1, id, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0]);

describe('a connection to a directory', () => {
  it.each([
    ['a plain connection to another machine', { urls: ['ldap://dc.example.com'] }, 'urls'],
    ['one of several', { urls: ['ldaps://a.example', 'ldap://b.example'] }, 'urls'],
    ['an address that only looks local', { urls: ['ldap://localhost.example.com'] }, 'urls'],
    ['another protocol', { urls: ['http://dc.example.com'] }, 'urls'],
    ['a name and password in the address', { urls: ['ldaps://a:b@dc.example.com'] }, 'urls'],
    ['no server', { urls: [] }, 'urls'],
    [
      'a visitor without password',
      { urls: ['ldaps://a.example'], bindPassword: '' },
      'bindPassword',
    ],
    ['linking without domains', { urls: ['ldaps://a.example'], linkByEmail: true }, 'linkByEmail'],
    ['grants without groups', { urls: ['ldaps://a.example'], grants: { a: {} } }, 'grants'],
    ['a certificate that is none', { urls: ['ldaps://a.example'], ca: '/etc/ca.pem' }, 'ca'],
    ['a filter that is none', { urls: ['ldaps://a.example'], filter: 'uid=*' }, 'filter'],
  ])('is not configured with %s', (_, settings, key) => {
    const provider = { kind: 'ldap', ...account, ...settings };
    const result = authConfigSchema.safeParse({ providers: { corp: provider } });
    expect(result.error?.issues.map((issue) => issue.path.slice(0, 3))).toContainEqual([
      'providers',
      'corp',
      key,
    ]);
  });

  it('may be plain on this machine, where it is said, and before StartTLS', () => {
    const settings = [
      { urls: ['ldap://127.0.0.1:389', 'ldap://[::1]', 'ldap://localhost'] },
      { urls: ['ldap://dc.example.com'], allowPlain: true },
      { urls: ['ldap://dc.example.com'], startTls: true },
    ];
    for (const one of settings) expect(() => access(one)).not.toThrow();
  });

  it('is no provider called like passwords', () => {
    const providers = { credential: { kind: 'ldap', ...account, urls: ['ldaps://a.example'] } };
    expect(authConfigSchema.safeParse({ providers }).success).toBe(false);
  });

  it.each([
    ['refuses StartTLS', startTlsAnswer(2)],
    ['sends more than the answer, unencrypted', Buffer.concat([startTlsAnswer(0), bindSuccess(2)])],
    [
      'sends part of a next message',
      Buffer.concat([startTlsAnswer(0), bindSuccess(2).subarray(5)]),
    ],
    ['answers another request', bindSuccess(1)],
    ['sends no LDAP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['hangs up', undefined],
  ])('is given up when the server %s, and hears no password', async (_, answer) => {
    const server = await listen((socket) => {
      socket.once('data', () => (answer === undefined ? socket.end() : socket.write(answer)));
    });
    const asked = access({ urls: [server.url], startTls: true }).authenticate('ada', WORD);
    const refused = await asked.catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'directory_unavailable', status: 503 });
    expect(server.heard()).toContain('1.3.6.1.4.1.1466.20037');
    expect(server.heard()).not.toContain(BIND_PASSWORD);
    expect(server.sockets).toHaveLength(1);
    await server.stop();
  });

  it('is given up when a server says nothing', async () => {
    const silent = await listen(() => undefined);
    for (const settings of [
      { urls: [silent.url] },
      { urls: [silent.url], startTls: true },
      { urls: [silent.url.replace('ldap:', 'ldaps:')] },
    ]) {
      const asked = access({ ...settings, timeoutSeconds: 1 }).authenticate('ada', WORD);
      await expect(asked).rejects.toMatchObject({ code: 'directory_unavailable' });
    }
    await silent.stop();
  });
});

if (!hasSlapd) console.warn('SKIPPED: connections to slapd, because it is not installed.');

describe.skipIf(!hasSlapd)('a directory server (skipped without slapd)', () => {
  let directory: TestDirectory;
  let secure: { readonly urls: string[]; readonly ca: string };
  beforeAll(async () => {
    directory = await startDirectory();
    secure = { urls: [directory.tls], ca: directory.ca };
    await directory.add({ uid: 'ada', password: WORD });
  });
  afterAll(() => directory.stop());

  it('is reached by ldaps and by StartTLS', async () => {
    const ada = { email: 'ada@corp.example' };
    expect(await access(secure).authenticate('ada', WORD)).toMatchObject(ada);
    const startTls = { ca: directory.ca, urls: [directory.plain], startTls: true };
    expect(await access(startTls).authenticate('ada', WORD)).toMatchObject(ada);
    expect(await access(startTls).authenticate('ada', 'wrong')).toBeUndefined();
  });

  it.each([
    ['of an authority that is not known', () => ({ urls: [directory.tls], ca: undefined })],
    ['for another name', () => ({ ...secure, urls: [address(directory.tls)] })],
    [
      'of an authority that is not known, by StartTLS',
      () => ({ urls: [directory.plain], startTls: true }),
    ],
    [
      'for another name, by StartTLS',
      () => ({ ...secure, urls: [address(directory.plain)], startTls: true }),
    ],
  ])('with a certificate %s is not spoken to', async (_, settings) => {
    await expect(access(settings()).authenticate('ada', WORD)).rejects.toMatchObject({
      code: 'directory_unavailable',
      cause: { code: expect.stringMatching(/CERT|ISSUER|SIGNATURE/) as string },
    });
  });

  it('that is away is replaced by the next one, and by no other after a wrong password', async () => {
    const gone = await listen(() => undefined);
    await gone.stop();
    const silent = await listen(() => undefined);
    const server = access({
      ...secure,
      urls: [gone.url.replace('ldap:', 'ldaps:'), directory.tls],
    });
    expect(await server.authenticate('ada', 'wrong')).toBeUndefined();
    expect(server.logs).toHaveLength(1);
    expect(await server.authenticate('ada', WORD)).toMatchObject({
      subject: expect.any(String) as string,
    });
    // The good one is asked first now.
    expect(server.logs).toHaveLength(1);
    expect(JSON.stringify(server.logs)).not.toContain(WORD);
    await silent.stop();
  });

  it('that does not know the account which searches lets nobody in', async () => {
    const asked = access({ ...secure, bindPassword: 'wrong' }).authenticate('ada', WORD);
    await expect(asked).rejects.toMatchObject({ code: 'directory_unavailable' });
  });

  it('is given up when somebody adds to its answer before the encryption begins', async () => {
    const port = Number(new URL(directory.plain).port);
    const proxy = await listen((socket) => {
      const upstream = connect({ port, host: '127.0.0.1' });
      socket.on('close', () => upstream.destroy()).pipe(upstream);
      upstream
        .on('error', () => undefined)
        .once('data', (answer) => {
          socket.write(Buffer.concat([answer, bindSuccess(3).subarray(0, 9)]));
          upstream.pipe(socket);
        });
    });
    const settings = { ca: directory.ca, urls: [proxy.url], startTls: true };
    await expect(access(settings).authenticate('ada', WORD)).rejects.toMatchObject({
      code: 'directory_unavailable',
    });
    await proxy.stop();
  });

  it('is not spoken to again, unencrypted, when the connection is lost', async () => {
    const port = Number(new URL(directory.plain).port);
    const proxy = await listen((socket) => {
      const upstream = connect({ port, host: '127.0.0.1' });
      upstream.on('error', () => undefined).pipe(socket);
      socket.on('close', () => upstream.destroy());
      let messages = 0;
      socket.on('data', (data) => {
        messages += 1;
        // StartTLS, the two parts of the handshake, a bind; then the line is cut.
        if (messages <= 4) upstream.write(data);
        else socket.destroy();
      });
    });
    const settings = { ca: directory.ca, urls: [proxy.url], startTls: true };
    const refused = await access(settings)
      .authenticate('ada', WORD)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'directory_unavailable' });
    expect(proxy.sockets).toHaveLength(1);
    expect(proxy.heard()).not.toContain(WORD);
    await proxy.stop();
  });
});

/** The server by its number, which its certificate does not name. */
function address(url: string): string {
  return url.replace('localhost', '127.0.0.1');
}

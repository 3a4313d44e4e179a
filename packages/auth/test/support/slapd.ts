import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Attribute, Change, Client } from 'ldapts';

const run = promisify(execFile);

const SLAPD = '/usr/sbin/slapd';
const MODULES = '/usr/lib/ldap';
const SUFFIX = 'dc=corp,dc=example';

/** The account that searches. */
export const BIND_DN = `cn=reader,${SUFFIX}`;
/** Its password. */
export const BIND_PASSWORD = 'the password of the reader';

/** True where a directory can be started: Debian's package `slapd`, and openssl for its certificate. */
export const hasSlapd = existsSync(SLAPD) && existsSync('/usr/bin/openssl');

/** A person of the directory. */
export interface Entry {
  readonly uid: string;
  readonly password: string;
  readonly mail?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** A directory of a test. */
export interface TestDirectory {
  readonly plain: string;
  readonly tls: string;
  /** The authority that signed the server's certificate, which names `localhost`. */
  readonly ca: string;
  readonly base: string;
  readonly groups: string;
  readonly dnOf: (uid: string) => string;
  add(entry: Entry): Promise<void>;
  remove(uid: string): Promise<void>;
  /** Sets an attribute, or removes it. */
  set(uid: string, attribute: string, ...values: string[]): Promise<void>;
  /** Makes a group of these people, replacing one of the same name. */
  group(name: string, ...members: string[]): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts OpenLDAP on free ports, from a folder of its own. It accepts what careless servers accept: a
 * name with an empty password is an anonymous visitor, and welcome.
 */
export async function startDirectory(): Promise<TestDirectory> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapd-'));
  await mkdir(path.join(folder, 'data'));
  await makeCertificate(folder);
  const config = path.join(folder, 'slapd.conf');
  await writeFile(config, configuration(folder));
  await writeFile(path.join(folder, 'tree.ldif'), TREE);
  await run('/usr/sbin/slapadd', ['-f', config, '-l', path.join(folder, 'tree.ldif')]);
  const [plainPort, tlsPort] = await freePorts(2);
  const plain = `ldap://localhost:${plainPort}`;
  const tls = `ldaps://localhost:${tlsPort}`;
  const addresses = `${plain.replace('localhost', '127.0.0.1')} ${tls.replace('localhost', '127.0.0.1')}`;
  const server = spawn(SLAPD, ['-f', config, '-h', addresses, '-d', '0'], { stdio: 'ignore' });
  await answers(Number(tlsPort));
  const admin = new Client({ url: plain.replace('localhost', '127.0.0.1') });
  await admin.bind(`cn=admin,${SUFFIX}`, 'admin');
  return {
    ...createEditor(admin),
    plain,
    tls,
    ca: await readFile(path.join(folder, 'ca.pem'), 'utf8'),
    async stop() {
      await admin.unbind();
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createEditor(admin: Client) {
  const base = `ou=people,${SUFFIX}`;
  const groups = `ou=groups,${SUFFIX}`;
  const dnOf = (uid: string) => `uid=${uid.replace(/[,+"\\<>;=#]/g, '\\$&')},${base}`;
  return {
    base,
    groups,
    dnOf,
    add: ({ uid, password, mail = `${uid}@corp.example`, more = {} }: Entry) =>
      admin.add(dnOf(uid), {
        objectClass: 'inetOrgPerson',
        uid,
        cn: `${uid} of Corp`,
        sn: uid,
        userPassword: password,
        ...(mail === '' ? {} : { mail }),
        ...more,
      }),
    remove: (uid: string) => admin.del(dnOf(uid)),
    set: (uid: string, type: string, ...values: string[]) =>
      admin.modify(
        dnOf(uid),
        new Change({ operation: 'replace', modification: new Attribute({ type, values }) }),
      ),
    async group(name: string, ...members: string[]) {
      const dn = `cn=${name},${groups}`;
      await admin.del(dn).catch(() => undefined);
      if (members.length === 0) return;
      await admin.add(dn, { objectClass: 'groupOfNames', cn: name, member: members.map(dnOf) });
    },
  };
}

function configuration(folder: string): string {
  const schema = (name: string) => `include /etc/ldap/schema/${name}.schema`;
  return [
    ...['core', 'cosine', 'inetorgperson'].map(schema),
    `modulepath ${MODULES}`,
    'moduleload back_mdb',
    `pidfile ${folder}/pid`,
    'allow bind_anon_dn',
    `TLSCACertificateFile ${folder}/ca.pem`,
    `TLSCertificateFile ${folder}/server.pem`,
    `TLSCertificateKeyFile ${folder}/server.key`,
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "cn=admin,${SUFFIX}"`,
    'rootpw admin',
    `directory ${folder}/data`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by * read',
    '',
  ].join('\n');
}

const TREE = `dn: ${SUFFIX}
objectClass: organization
objectClass: dcObject
o: Corp
dc: corp

dn: ${BIND_DN}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${BIND_PASSWORD}

dn: ou=people,${SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${SUFFIX}
objectClass: organizationalUnit
ou: groups
`;

/** An authority, and a certificate of it for `localhost` and no other name. */
async function makeCertificate(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'],
    ...['-subj', '/CN=authority of a test'],
  );
  await openssl('req', ...key, '-keyout', 'server.key', '-out', 'request', '-subj', '/CN=server');
  await writeFile(path.join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  await openssl(
    ...['x509', '-req', '-in', 'request', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
    ...['-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'server.pem'],
  );
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return ports;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('slapd does not start');
}

async function end(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await ended;
}

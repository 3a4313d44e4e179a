import type { Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Client, Entry, EqualityFilter, Filter } from 'ldapts';
import { randomUUID } from 'node:crypto';
import type { Finding } from '../federation/identity.js';
import type { LdapConfig } from './config.js';
import { openConnection } from './connect.js';
import { isBinary, subjectOf, toIdentity, wantedAttributes } from './entries.js';

/** A directory that can be asked. */
export interface Directory {
  /**
   * Who has this name and password; `undefined` for nobody.
   * @throws `directory_unavailable`
   */
  authenticate(login: string, password: string): Promise<Finding | undefined>;
  /**
   * The people with these ids who may still sign in.
   * @throws `directory_unavailable`
   */
  active(subjects: readonly string[]): Promise<ReadonlyMap<string, Finding>>;
}

/** Results of a bind that say: this name and password open nothing (RFC 4511, appendix A). */
const NOT_THIS_PASSWORD = new Set([19, 32, 34, 48, 49, 53]);
const SIZE_LIMIT_EXCEEDED = 4;
const PAGE = 500;

/** Makes the access to one directory. Its servers are asked in turn, the last good one first. */
export function createDirectory(provider: string, config: LdapConfig, logger: Logger): Directory {
  let good = 0;

  async function asking<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { urls } = config;
    let cause: unknown;
    for (let tried = 0; tried < urls.length; tried += 1) {
      const index = (good + tried) % urls.length;
      try {
        const result = await withClient(config, urls[index] ?? '', work);
        good = index;
        return result;
      } catch (error) {
        cause = error;
        logger.warn({ provider, server: urls[index], error }, 'a directory server does not serve');
      }
    }
    throw createError('directory_unavailable', { provider }, { cause });
  }

  return {
    authenticate(login, password) {
      // A bind without a password is anonymous, and always succeeds (RFC 4513, 5.1.2).
      if (password === '') return Promise.resolve(undefined);
      return asking(async (client) => {
        const entry = await findPerson(client, config, login);
        if (entry === 'several')
          logger.error({ provider }, 'a user name fits several entries, so it fits none');
        if (typeof entry !== 'object') {
          // As many round trips as for a name that exists.
          await opens(client, `cn=${randomUUID()},${config.base}`, password);
          return undefined;
        }
        if (!(await opens(client, entry.dn, password))) return undefined;
        await client.bind(config.bindDn, config.bindPassword);
        return toIdentity(entry, { provider, config }, await groupsOf(client, config, entry.dn));
      });
    },
    active: (subjects) =>
      asking(async (client) => {
        const found = new Map<string, Finding>();
        // Fails where the base is gone or hidden, which is not the same as an empty directory.
        await client.search(config.base, { scope: 'base', attributes: ['1.1'] });
        const entries = await findPeople(client, config, await idFilter(config, subjects));
        for (const entry of entries) {
          const subject = subjectOf(entry, config);
          if (subject === undefined) continue;
          const groups = await groupsOf(client, config, entry.dn);
          found.set(subject, toIdentity(entry, { provider, config }, groups));
        }
        return found;
      }),
  };
}

async function withClient<T>(
  config: LdapConfig,
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await openConnection(config, url);
  try {
    await client.bind(config.bindDn, config.bindPassword);
    return await work(client);
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

/** True when name and password fit. Everything but a clear answer is thrown. */
async function opens(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    const code = resultCode(error);
    if (code !== undefined && NOT_THIS_PASSWORD.has(code)) return false;
    throw error;
  }
}

/** What was typed becomes a value of the request, never the text of a filter. */
function loginFilter(config: LdapConfig, login: string) {
  return peopleFilter(
    config,
    config.login.map((attribute) => ({ attribute, value: login })),
  );
}

function idFilter(config: LdapConfig, subjects: readonly string[]) {
  const attribute = config.attributes.id;
  const valueOf = (subject: string) =>
    isBinary(attribute) ? Buffer.from(subject, 'hex') : subject;
  return peopleFilter(
    config,
    subjects.map((subject) => ({ attribute, value: valueOf(subject) })),
  );
}

async function peopleFilter(
  config: LdapConfig,
  anyOf: readonly Pick<EqualityFilter, 'attribute' | 'value'>[],
): Promise<Filter> {
  const ldap = await import('ldapts');
  const filters = anyOf.map((one) => new ldap.EqualityFilter(one));
  const any = new ldap.OrFilter({ filters });
  return new ldap.AndFilter({ filters: [ldap.FilterParser.parseString(config.filter), any] });
}

/** The one entry that a name fits. Two are enough to know that it fits several. */
async function findPerson(
  client: Client,
  config: LdapConfig,
  login: string,
): Promise<Entry | 'several' | undefined> {
  try {
    const found = await findPeople(client, config, await loginFilter(config, login), 2);
    return found.length > 1 ? 'several' : found[0];
  } catch (error) {
    if (resultCode(error) !== SIZE_LIMIT_EXCEEDED) throw error;
    return 'several';
  }
}

async function findPeople(
  client: Client,
  config: LdapConfig,
  filter: Filter,
  sizeLimit = 0,
): Promise<Entry[]> {
  const attributes = wantedAttributes(config);
  const { searchEntries } = await client.search(config.base, {
    filter,
    sizeLimit,
    attributes,
    explicitBufferAttributes: attributes.filter(isBinary),
  });
  return searchEntries;
}

async function groupsOf(client: Client, { groups }: LdapConfig, dn: string): Promise<string[]> {
  if (groups === undefined) return [];
  const { EqualityFilter } = await import('ldapts');
  const filter = new EqualityFilter({ attribute: groups.member, value: dn });
  const options = { filter, attributes: ['1.1'], paged: { pageSize: PAGE } };
  return (await client.search(groups.base, options)).searchEntries.map((entry) => entry.dn);
}

function resultCode(error: unknown): number | undefined {
  const isResult = error instanceof Error && 'code' in error && typeof error.code === 'number';
  return isResult ? (error.code as number) : undefined;
}

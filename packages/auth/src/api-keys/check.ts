import type {
  AuthenticationRequest,
  PrincipalRestriction,
  RecordData,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { BlockList, isIP } from 'node:net';
import type { KeyRates } from './rates.js';

const READS: ReadonlySet<string> = new Set(['read', 'export']);
/** Requests that only read, although they carry a body. */
const QUERY = /\/(?:query|graphql)$/;

/** Holds a request against a key. @throws `auth_forbidden`, `rate_limit_exceeded` */
export type KeyCheck = (request: AuthenticationRequest) => void;

/** Compiles what the record of a key says of requests: where from, how many, what kind. */
export function compileCheck(
  record: RecordData,
  { operations }: PrincipalRestriction,
  rates: KeyRates,
): KeyCheck {
  const id = record['id'] as string;
  const addresses = record['addresses'] as readonly string[] | null;
  const allowed = addresses === null ? undefined : toBlockList(addresses);
  const limit = record['requests_per_minute'] as number | null;
  const readsOnly = operations !== undefined && [...operations].every((one) => READS.has(one));
  return ({ method, path, remoteAddress }) => {
    if (allowed !== undefined && !contains(allowed, remoteAddress)) {
      throw createError('auth_forbidden', {
        reason: 'the API key does not work from this address.',
      });
    }
    const isRead = method === 'GET' || method === 'HEAD' || (method === 'POST' && QUERY.test(path));
    if (readsOnly && !isRead) {
      throw createError('auth_forbidden', { reason: 'the API key may only read.' });
    }
    if (limit !== null) rates.count(id, limit);
  };
}

function toBlockList(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) {
    const [network = '', bits] = address.split('/');
    const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return list;
}

/** IPv4 clients of a socket for both families look like `::ffff:192.0.2.1`. */
function contains(list: BlockList, address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

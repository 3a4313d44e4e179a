import { BlockList, isIP } from 'node:net';

/** What an address is to a request: a server of the internet, or a reason not to call it. */
export type AddressKind = 'public' | 'private' | 'metadata';

/** IPv4 ranges of the IANA special-purpose registry, and multicast. */
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Of IPv6 only global unicast is public, and of that not what tunnels, documents or translates. */
const PUBLIC_IPV6 = ['2000::/3'];
const PRIVATE_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Where clouds tell their machines secrets; some lie in public ranges. */
const METADATA = [
  '169.254.169.254/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
];

const privateIpv4 = rangesOf(PRIVATE_IPV4);
const publicIpv6 = rangesOf(PUBLIC_IPV6);
const privateIpv6 = rangesOf(PRIVATE_IPV6);
const metadata = rangesOf(METADATA);

/** Makes a set of ranges in CIDR notation; an address alone is a range of one. */
export function rangesOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

/** Whether an address, in the usual notation, lies in the ranges. */
export function isWithin(ranges: BlockList, address: string): boolean {
  return ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * What an address is. What is no address, or has a zone, is private: unknown means no. An IPv6 address
 * that carries an IPv4 one (mapped, NAT64, 6to4) is never public, and metadata when the IPv4 one is.
 */
export function kindOf(address: string): AddressKind {
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0) return 'private';
  const inner = version === 6 ? embeddedIpv4(address) : undefined;
  if (isWithin(metadata, address)) return 'metadata';
  if (inner !== undefined) return isWithin(metadata, inner) ? 'metadata' : 'private';
  if (version === 4) return privateIpv4.check(address, 'ipv4') ? 'private' : 'public';
  const isPublic = publicIpv6.check(address, 'ipv6') && !privateIpv6.check(address, 'ipv6');
  return isPublic ? 'public' : 'private';
}

/** Prefixes in groups of 16 bits, and where behind them an IPv4 address lies. */
const EMBEDDING: readonly (readonly [groups: readonly number[], at: number])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0, 0, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 1], 6],
  [[0x2002], 1],
];

function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const found = EMBEDDING.find(([prefix]) => prefix.every((part, index) => part === groups[index]));
  if (found === undefined) return undefined;
  const [high = 0, low = 0] = groups.slice(found[1], found[1] + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address; `URL` writes all notations as one. */
function groupsOf(address: string): number[] {
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = written.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [parse(head), parse(tail ?? '')];
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after];
}

/**
 * What an address is counted by in limits. One customer of a provider has a /64 of IPv6, so its
 * single addresses would be no limit; an IPv4 address stands for itself.
 *
 * @param address as the server found it out, not as a client wrote it
 */
export function addressKey(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (!address.includes('::') || before.length >= 4) return before.slice(0, 4).join(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}

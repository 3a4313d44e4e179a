import type { BlockList } from 'node:net';
import { z } from 'zod';
import { isWithin, rangesOf } from './addresses.js';

const NAME = '(?:\\*\\.)?[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?';
const HOST = new RegExp(`^${NAME}(?::[0-9]{1,5})?$`);
const networkSchema = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** A host name, `*.name`, either with `:port`; an address; a range in CIDR notation. */
export const destinationSchema = z
  .string()
  .refine(
    (text) => isNetwork(text) || isHost(text),
    'a host, host:port, *.domain, address or CIDR',
  );

/** A list of destinations, ready to be asked. */
export interface Destinations {
  /** Whether a host of the list fits, with its port when the list names one. */
  hasHost(host: string, port: number): boolean;
  hasAddress(address: string): boolean;
}

/** Prepares a list that {@link destinationSchema} has checked. */
export function createDestinations(list: readonly string[]): Destinations {
  const ranges: BlockList = rangesOf(list.filter(isNetwork));
  const hosts = list.filter((text) => !isNetwork(text)).map(parseHost);
  return {
    hasHost: (host, port) =>
      hosts.some(
        (entry) =>
          (entry.port === undefined || entry.port === port) &&
          (entry.below ? host.endsWith(`.${entry.name}`) : host === entry.name),
      ),
    hasAddress: (address) => isWithin(ranges, address),
  };
}

function parseHost(text: string): { name: string; below: boolean; port: number | undefined } {
  const [host = '', port] = text.split(':');
  const below = host.startsWith('*.');
  return {
    name: below ? host.slice(2) : host,
    below,
    port: port === undefined ? undefined : Number(port),
  };
}

function isNetwork(text: string): boolean {
  return networkSchema.safeParse(text).success;
}

/** A name whose last part is a number would be an address in an odd notation. */
function isHost(text: string): boolean {
  const [host = ''] = text.split(':');
  if (!HOST.test(text)) return false;
  return z.ipv4().safeParse(host).success || !/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(host);
}

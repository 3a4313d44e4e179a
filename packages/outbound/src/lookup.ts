import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { DestinationCheck, Target } from './check.js';

/** Resolves a name to all its addresses. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Resolves as the machine does: hosts file, then DNS. */
export const resolveBySystem: Resolve = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/**
 * The `lookup` of a socket: it resolves, checks, and hands exactly the checked addresses on to be
 * connected to. One bad address among several refuses the name: a good one beside it is how names are
 * rebound.
 */
export function createCheckedLookup(
  target: Target,
  check: DestinationCheck,
  resolve: Resolve,
): LookupFunction {
  return (host, options, callback) => {
    const wanted = familyOf(options.family);
    resolve(host).then(
      (addresses) => {
        try {
          for (const { address } of addresses) check.address(target, address);
        } catch (error) {
          callback(error as NodeJS.ErrnoException, '', 0);
          return;
        }
        const fitting = addresses.filter(({ family }) => wanted === 0 || family === wanted);
        const [first] = fitting;
        if (first === undefined) callback(new Error('the name has no address'), '', 0);
        else if (options.all === true) callback(null, [...fitting]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

function familyOf(family: number | string | undefined): number {
  if (family === 'IPv4') return 4;
  if (family === 'IPv6') return 6;
  return typeof family === 'number' ? family : 0;
}

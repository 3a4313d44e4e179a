import { createError } from '@objectos/spec/errors';
import { isIP } from 'node:net';
import { kindOf } from './addresses.js';
import type { OutboundConfig } from './config.js';
import { createDestinations } from './destinations.js';

/** Where a request goes. */
export interface Target {
  /** In lower case, without brackets and without a final dot. */
  readonly host: string;
  readonly port: number;
}

/** Decides about destinations, by the configuration. */
export interface DestinationCheck {
  /** Refuses a URL for what it says itself; addresses in it are checked as well. */
  url(url: URL): Target;
  /** Refuses a connection to one of the addresses that a name leads to. */
  address(target: Target, address: string): void;
}

/** @returns a check that throws `outbound_url_invalid` and `outbound_blocked` */
export function createCheck({ allow, only }: OutboundConfig): DestinationCheck {
  const allowed = createDestinations(allow);
  const onlyThese = only === undefined ? undefined : createDestinations(only);

  const address: DestinationCheck['address'] = (target, text) => {
    const { host, port } = target;
    if (onlyThese?.hasHost(host, port) === false && !onlyThese.hasAddress(text)) {
      throw blocked(host, 'it is not among the destinations that may be called (outbound.only)');
    }
    const kind = kindOf(text);
    if (kind === 'metadata') throw blocked(host, 'it leads to a metadata service');
    if (kind === 'public' || allowed.hasHost(host, port) || allowed.hasAddress(text)) return;
    throw blocked(host, 'it leads to a private or reserved address');
  };

  return {
    address,
    url(url) {
      const target = targetOf(url);
      if (isIP(target.host) !== 0) address(target, target.host);
      return target;
    },
  };
}

function blocked(host: string, reason: string) {
  return createError('outbound_blocked', { host, reason });
}

function targetOf(url: URL): Target {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid(url, 'only http and https are called');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(url, 'it has a name or password in it');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === '') throw invalid(url, 'it has no host');
  const standard = url.protocol === 'https:' ? 443 : 80;
  return { host, port: url.port === '' ? standard : Number(url.port) };
}

/** Parses what a caller gives, or a server that redirects. @throws `outbound_url_invalid` */
export function parseUrl(text: string | URL, base?: URL): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    const url = String(text).slice(0, 200);
    throw createError('outbound_url_invalid', { url, reason: 'it is no URL' }, { cause });
  }
}

function invalid(url: URL, reason: string) {
  // Neither password nor query: either may be a secret.
  const shown = `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200);
  return createError('outbound_url_invalid', { url: shown, reason });
}

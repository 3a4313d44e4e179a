import { entry } from '../define.js';

/** Errors of requests to other servers. None tells an address that a name leads to. */
export const outboundErrors = {
  outbound_url_invalid: entry<{ url: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The address "${p.url}" cannot be called: ${p.reason}.`,
    hint: () => 'Give an address like "https://example.com/path", without name and password.',
  }),
  outbound_blocked: entry<{ host: string; reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `"${p.host}" is not called: ${p.reason}.`,
    hint: () =>
      'Call a public server. An operator can allow a host or a network of their own in the configuration (outbound.allow).',
  }),
  outbound_redirected: entry<{ host: string; status: number; reason: string }>({
    category: 'external',
    status: 502,
    message: (p) => `"${p.host}" answered ${p.status}, a redirect, and ${p.reason}.`,
    hint: () => 'Call the address it redirects to.',
  }),
  outbound_too_large: entry<{ host: string; max: number }>({
    category: 'external',
    status: 502,
    message: (p) => `The answer of "${p.host}" is larger than ${p.max} bytes.`,
    hint: () =>
      'Ask for less, or have an operator raise maxBytes in the configuration of the outbound plugin.',
  }),
  outbound_timeout: entry<{ host: string; milliseconds: number }>({
    category: 'external',
    status: 504,
    retryable: true,
    message: (p) => `"${p.host}" did not answer within ${p.milliseconds} ms.`,
    hint: () => 'Try again later.',
  }),
  outbound_failed: entry<{ host: string; reason: string }>({
    category: 'external',
    status: 502,
    retryable: true,
    message: (p) => `The request to "${p.host}" failed: ${p.reason}.`,
    hint: () => 'Check the address, and that its server runs.',
  }),
};

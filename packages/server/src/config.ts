import { z } from 'zod';
import { limitsSchema } from './limits.js';
import { rateLimitsSchema } from './rates/config.js';

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** Configuration of the server plugin. Every key has a default; unknown keys are refused. */
export const serverConfigSchema = z.strictObject({
  /** Address to listen on. Anything but loopback needs an authentication plugin. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Port to listen on; 0 picks a free one. */
  port: z.int().min(0).max(65_535).default(3000),
  /** Origin under which people reach the server; links are made from it, never from `Host`. */
  publicUrl: z
    .string()
    .regex(/^https?:\/\/[^/\s]+$/, 'an origin like "https://crm.example.com"')
    .optional(),
  /** Name of the installation, as discovery tells it. */
  name: z.string().min(1).max(100).default('ObjectOS'),
  /** What discovery tells clients; it changes nothing else. */
  environment: z.enum(['production', 'development', 'test']).default('production'),
  /** Locale of requests that ask for none. */
  defaultLocale: z
    .string()
    .regex(/^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*$/)
    .default('en'),
  /** Instead of a random start-up token. At least 32 characters. */
  startupToken: z
    .string()
    .regex(/^[\x21-\x7e]{32,512}$/)
    .optional(),
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-*` headers are believed. */
  trustProxy: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).default([]),
  /** Origins of browsers' pages that may call the API, e.g. `https://app.example.com`. */
  corsOrigins: z.array(z.string().regex(/^https?:\/\/[^/*]+$/)).default([]),
  /** Responses of at least this many bytes are compressed when the client accepts it. */
  compressBytes: z.int().min(256).default(2048),
  /** Which answered requests are logged: those that failed or were slow, all, or none. */
  requestLog: z.enum(['notable', 'all', 'none']).default('notable'),
  /** Milliseconds from which a request is slow. */
  slowRequestMs: z.int().min(0).default(1_000),
  limits: limitsSchema.prefault({}),
  rateLimits: rateLimitsSchema.prefault({}),
});

/** The server's configuration, defaults filled in. */
export type ServerConfig = z.output<typeof serverConfigSchema>;

/** True for an address that only programs of this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return loopback.has(host);
}

import { z } from 'zod';
import { destinationSchema } from './destinations.js';

/** Configuration of the outbound plugin. Every key has a default; unknown keys are refused. */
export const outboundConfigSchema = z.strictObject({
  /**
   * Destinations that may be called although they lead to a private network: a host name
   * (`erp.internal`), one with a port (`erp.internal:8443`), all names below one (`*.internal`), an
   * address or a CIDR range (`10.1.2.0/24`). Metadata services of clouds stay out of reach.
   */
  allow: z.array(destinationSchema).default([]),
  /** When given, nothing else is called. Same notation as `allow`; it does not open private networks. */
  only: z.array(destinationSchema).optional(),
  /** Most milliseconds of one request, redirects and body included. */
  timeout: z.int().min(1).max(600_000).default(15_000),
  /** Most bytes of one answer. */
  maxBytes: z
    .int()
    .min(1)
    .default(10 * 1024 * 1024),
});

/** The configuration of the outbound plugin, defaults filled in. */
export type OutboundConfig = z.output<typeof outboundConfigSchema>;

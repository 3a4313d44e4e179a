import { z } from 'zod';

const rateSchema = z.strictObject({
  /** Requests that are served in one window. */
  requests: z.int().min(1),
  /** Length of the window. */
  seconds: z.int().min(1).max(86_400),
});
const orOff = z.union([rateSchema, z.literal(false)]);

/** How many requests are served; `false` switches a limit off. More is answered `rate_limited` (429). */
export const rateLimitsSchema = z.strictObject({
  /**
   * From one address (IPv6: from one /64), of those who did not sign in: public routes that plugins
   * contribute, and refused credentials. Who signed in is counted by name, whatever the address.
   */
  address: orOff.default({ requests: 3_000, seconds: 60 }),
  /** From one user, however many sessions and keys. The system itself is not counted. */
  principal: orOff.default({ requests: 12_000, seconds: 60 }),
  /** From all users of one tenant together. */
  tenant: orOff.default({ requests: 120_000, seconds: 60 }),
  /** Of single routes, beside the limits above. */
  routes: z
    .array(
      rateSchema.extend({
        method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
        /** As it is registered: `/api/data/:object/export`. */
        path: z.string().regex(/^\/\S*$/, 'a path like "/api/data/:object/export"'),
        /** Whose requests are counted together. */
        per: z.enum(['address', 'principal', 'tenant']).default('principal'),
      }),
    )
    .default([]),
});

/** The rate limits in force. */
export type RateLimits = z.output<typeof rateLimitsSchema>;

/** One limit. */
export type Rate = z.output<typeof rateSchema>;

import { z } from 'zod';
import { fieldPathSchema } from './names.js';

/** What every named item may say about itself. */
export const described = {
  label: z.string().min(1).max(255).optional(),
  description: z.string().optional(),
};

/** A filter in any published syntax; the query normaliser checks it against the object. */
export const filterSchema = z.union([z.array(z.json()), z.record(z.string(), z.json())]);

/** A sort order. */
export const sortSchema = z
  .array(z.strictObject({ field: fieldPathSchema, order: z.enum(['asc', 'desc']).optional() }))
  .max(10);

/** When something scheduled runs: a cron expression of five fields, in a time zone. */
export const scheduleSchema = z.strictObject({
  cron: z.string().regex(/^\S+(?: \S+){4}$/, 'a cron expression of five fields, like "0 8 * * 1"'),
  /** IANA name, like `Europe/Berlin`. Default: the tenant's. */
  timezone: z.string().optional(),
});

/** A variable of a flow. */
export const variableSchema = z
  .string()
  .max(63)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name like "order_total"');

/** Absolute http(s) address; may hold templates like `{order.id}`. */
export const urlSchema = z
  .string()
  .regex(/^https?:\/\/\S+$/i, 'an address that starts with http:// or https://');

/** Methods of outgoing HTTP calls. */
export const httpMethodSchema = z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

const ISO_DURATION = 'P(?=[\\dT])(?:\\d+[YMWD])*(?:T(?:\\d+[HMS])+)?';

/** An ISO 8601 duration: `P3D`, `PT4H`. */
export const durationSchema = z
  .string()
  .regex(new RegExp(`^${ISO_DURATION}$`), 'a duration like "P3D" or "PT4H"');

/** A duration, also in words: `2 business days`. */
export const businessDurationSchema = z
  .string()
  .regex(
    new RegExp(`^(?:${ISO_DURATION}|\\d+ (?:business )?(?:minute|hour|day|week)s?)$`),
    'a duration like "P3D" or "2 business days"',
  );

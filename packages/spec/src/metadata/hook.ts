import { z } from 'zod';
import { nameSchema } from './names.js';
import { described } from './shared.js';

/** Moments around a record at which a hook runs. */
export const HOOK_EVENTS = [
  'beforeInsert',
  'afterInsert',
  'beforeUpdate',
  'afterUpdate',
  'beforeDelete',
  'afterDelete',
  'beforeFind',
  'afterFind',
] as const;

/** A hook on records of one or several objects; `handler` names a function that a plugin registers. */
export const hookSchema = z.strictObject({
  name: nameSchema,
  ...described,
  object: z.union([nameSchema, z.array(nameSchema).min(1)]),
  events: z.array(z.enum(HOOK_EVENTS)).min(1),
  handler: z.string().min(1),
  /** Lower runs first. Default 100. */
  priority: z.int().min(0).max(9999).optional(),
  /** Default `abort`: an error of the handler refuses the operation. */
  onError: z.enum(['abort', 'log']).optional(),
});

/** A hook as metadata declares it. */
export type HookDefinition = z.infer<typeof hookSchema>;

import { z } from 'zod';
import { expressionSchema, nameSchema } from './names.js';
import { described, filterSchema } from './shared.js';

const grantee = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['user', 'group', 'team', 'role', 'role_and_subordinates']),
    value: z.string().min(1),
  }),
  z.strictObject({ type: z.enum(['everyone', 'guest']) }),
]);

const shared = {
  name: nameSchema,
  ...described,
  object: nameSchema,
  /** Default true. */
  active: z.boolean().optional(),
  accessLevel: z.enum(['read', 'edit']),
  sharedWith: grantee,
};

/** Opens records to people who would not see them otherwise. */
export const sharingRuleSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...shared,
    type: z.literal('criteria'),
    /** The records it opens: a formula, or a filter. */
    condition: z.union([expressionSchema, filterSchema]),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('owner'),
    /** Whose records it opens. */
    ownedBy: z.strictObject({
      type: z.enum(['user', 'group', 'team', 'role', 'role_and_subordinates']),
      value: z.string().min(1),
    }),
  }),
]);

/** A sharing rule as metadata declares it. */
export type SharingRuleDefinition = z.infer<typeof sharingRuleSchema>;

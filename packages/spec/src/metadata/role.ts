import { z } from 'zod';
import { nameSchema } from './names.js';
import { described } from './shared.js';

/** A place in the role hierarchy. */
export const roleSchema = z
  .strictObject({
    name: nameSchema,
    ...described,
    /** The role above; its holders see what holders of this one own. */
    parent: nameSchema.optional(),
  })
  .refine((role) => role.parent !== role.name, {
    path: ['parent'],
    message: 'must be another role than itself',
  });

/** A role as metadata declares it. */
export type RoleDefinition = z.infer<typeof roleSchema>;

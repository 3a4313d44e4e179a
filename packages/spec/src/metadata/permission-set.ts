import { z } from 'zod';
import { expressionSchema, namedMap, nameSchema } from './names.js';
import { described } from './shared.js';

const objectPermission = z.strictObject({
  allowCreate: z.boolean().optional(),
  allowRead: z.boolean().optional(),
  allowEdit: z.boolean().optional(),
  allowDelete: z.boolean().optional(),
  /** Give the record to another owner. */
  allowTransfer: z.boolean().optional(),
  allowRestore: z.boolean().optional(),
  /** Delete for good. */
  allowPurge: z.boolean().optional(),
  allowExport: z.boolean().optional(),
  /** Read every record of the object, whoever owns it. */
  viewAllRecords: z.boolean().optional(),
  /** Read and write every record of the object, whoever owns it. */
  modifyAllRecords: z.boolean().optional(),
});

const fieldPermission = z.strictObject({
  readable: z.boolean().optional(),
  editable: z.boolean().optional(),
});

const rowPolicy = z
  .strictObject({
    name: nameSchema,
    ...described,
    object: nameSchema,
    operation: z.enum(['select', 'insert', 'update', 'delete', 'all']),
    /** Which stored records the operation may touch. */
    using: expressionSchema.optional(),
    /** What a record must fulfil after the write. */
    check: expressionSchema.optional(),
    /** Whom it concerns; absent: everybody who has the set. */
    roles: z.array(nameSchema).optional(),
    enabled: z.boolean().optional(),
  })
  .refine((policy) => policy.using !== undefined || policy.check !== undefined, {
    message: 'needs "using" or "check"',
  });

const objectFieldSchema = z
  .string()
  .max(127)
  .regex(/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/, 'an object and a field, like "contract.amount"');

/** What its holders may do. Sets add up; nothing takes away. */
export const permissionSetSchema = z.strictObject({
  name: nameSchema,
  ...described,
  /** A profile: each user has exactly one. */
  isProfile: z.boolean().optional(),
  objects: namedMap(nameSchema, objectPermission).optional(),
  fields: namedMap(objectFieldSchema, fieldPermission).optional(),
  systemPermissions: z.array(z.string().min(1)).optional(),
  rowLevelSecurity: z.array(rowPolicy).max(200).optional(),
});

/** A permission set or profile as metadata declares it. */
export type PermissionSetDefinition = z.infer<typeof permissionSetSchema>;

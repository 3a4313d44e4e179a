import { z } from 'zod';
import { expressionSchema, namedMap, nameSchema } from './names.js';
import { described, filterSchema } from './shared.js';

/** Whom a permission set is given to, beside those it is assigned to by records. */
export const holderSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['user', 'group', 'team', 'role', 'role_and_subordinates']),
    value: z.string().min(1).max(255),
  }),
  z.strictObject({ type: z.enum(['everyone', 'guest']) }),
]);

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
    /** Which stored records the operation may touch: a formula, or a filter with `{{current_user.…}}`. */
    using: z.union([expressionSchema, filterSchema]).optional(),
    /** What a record must fulfil after the write. Default: `using`. */
    check: z.union([expressionSchema, filterSchema]).optional(),
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
  .regex(
    /^(?:[a-z_][a-z0-9_]*\.(?:[a-z_][a-z0-9_]*|\*)|\*\.\*)$/,
    'an object and a field, like "contract.amount", or "contract.*" for all fields',
  );

const objectKeySchema = z.union([nameSchema, z.literal('*')]);

/** What its holders may do. Sets add up; nothing takes away. */
export const permissionSetSchema = z.strictObject({
  name: nameSchema,
  ...described,
  /** A profile: each user has exactly one. */
  isProfile: z.boolean().optional(),
  /** By object; `*` stands for every object that has no entry of its own in this set. */
  objects: namedMap(objectKeySchema, objectPermission).optional(),
  /** By `object.field`; `object.*` stands for the fields that have no entry of their own. */
  fields: namedMap(objectFieldSchema, fieldPermission).optional(),
  systemPermissions: z.array(z.string().min(1)).optional(),
  rowLevelSecurity: z.array(rowPolicy).max(200).optional(),
  /** Who holds the set without an assignment. */
  assignedTo: z.array(holderSchema).max(200).optional(),
});

/** A permission set or profile as metadata declares it. */
export type PermissionSetDefinition = z.infer<typeof permissionSetSchema>;

/** What a permission set allows with one object. */
export type ObjectPermissionDefinition = z.infer<typeof objectPermission>;
/** What a permission set allows with one field. */
export type FieldPermissionDefinition = z.infer<typeof fieldPermission>;
/** A row-level policy of a permission set. */
export type RowPolicyDefinition = z.infer<typeof rowPolicy>;

import { z } from 'zod';
import { fieldSchema, type FieldDefinition } from './field.js';
import { fieldNameSchema, formerNamesSchema, labelSchema, namedMap, nameSchema } from './names.js';
import { validationSchema } from './validation.js';

/** What a client may do with records over the API. */
export const API_METHODS = [
  'get',
  'list',
  'create',
  'update',
  'delete',
  'bulk',
  'upsert',
  'clone',
  'restore',
  'aggregate',
  'purge',
  'export',
  'import',
] as const;

/** One of {@link API_METHODS}. */
export type ApiMethod = (typeof API_METHODS)[number];

const indexSchema = z.strictObject({
  name: nameSchema.optional(),
  fields: z.array(nameSchema).min(1).max(16),
  unique: z.boolean().optional(),
});

const enableSchema = z.strictObject({
  /** Default true. False: no surface shows the object. */
  apiEnabled: z.boolean().optional(),
  /** Default: all. */
  apiMethods: z.array(z.enum(API_METHODS)).optional(),
  /** Deleted records can be restored. Default true. */
  trash: z.boolean().optional(),
  trackHistory: z.boolean().optional(),
  searchable: z.boolean().optional(),
});

/**
 * Records that belong to no organization, and that the organizations see which a record of another
 * object ties them to: users, by their memberships.
 */
const membershipSchema = z.strictObject({
  /** The object whose records tie one record to one organization. */
  object: nameSchema,
  /** Its field that names the record. */
  record: nameSchema,
  /** Its field that names the organization. */
  organization: nameSchema,
  /** Fields that no organization sees, whatever permission sets grant. */
  hides: z.array(nameSchema).max(100).optional(),
});

const fields = namedMap(fieldNameSchema, fieldSchema).superRefine(namesAgree);

function namesAgree(map: Record<string, FieldDefinition>, context: z.RefinementCtx): void {
  for (const [key, field] of Object.entries(map)) {
    if (field.name === undefined || field.name === key) continue;
    context.addIssue({
      code: 'custom',
      path: [key, 'name'],
      message: `differs from the key "${key}" that it stands under`,
    });
  }
}

const described = {
  label: labelSchema.optional(),
  pluralLabel: labelSchema.optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  indexes: z.array(indexSchema).max(64).optional(),
  validations: z.array(validationSchema).max(500).optional(),
  /** The field that names a record to people. Default: `name`, else the first text field. */
  nameField: nameSchema.optional(),
  /** How a record is titled: `{name} - {code}`. */
  titleFormat: z.string().optional(),
  /** The few fields that stand for a record in cards and hovers. */
  compactLayout: z.array(nameSchema).max(20).optional(),
  enable: enableSchema.optional(),
  /** Who sees records that nobody shared. */
  sharingModel: z
    .enum(['private', 'public_read', 'public_read_write', 'controlled_by_parent'])
    .optional(),
};

/** An object: a table, its endpoints and its pages. */
export const objectSchema = z.strictObject({
  name: nameSchema,
  /** The name, or the names, the object had before; its records move over instead of being left. */
  renamedFrom: formerNamesSchema.optional(),
  ...described,
  /** Which organizations see a record, where that is not the one it belongs to. */
  membership: membershipSchema.optional(),
  fields,
});

/** Adds to an object that another layer declares, or overrides parts of it. */
export const objectExtensionSchema = z.strictObject({
  extend: nameSchema,
  /** Extensions of one layer apply in this order. Default 100. */
  priority: z.int().min(0).max(999).optional(),
  ...described,
  fields: fields.optional(),
});

/** What an object file holds: an object, or with `extend` instead of `name` an extension. */
export const objectDocumentSchema = z.union([objectSchema, objectExtensionSchema]);

/** An object as metadata declares it. */
export type ObjectDefinition = z.infer<typeof objectSchema>;

/** An extension of an object that another layer declares. */
export type ObjectExtensionDefinition = z.infer<typeof objectExtensionSchema>;

/** One index of an object. */
export type IndexDefinition = z.infer<typeof indexSchema>;

import { z } from 'zod';

/** Property names that mean something to JavaScript itself; never a name of metadata or data. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

/** Fields that the engine adds to every object and maintains; they are never declared. */
export const SYSTEM_FIELDS = [
  'id',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'owner_id',
  'organization_id',
  'revision',
  'deleted_at',
] as const;

/** One of {@link SYSTEM_FIELDS}. */
export type SystemField = (typeof SYSTEM_FIELDS)[number];

const systemFields: ReadonlySet<string> = new Set(SYSTEM_FIELDS);

/** PostgreSQL cuts identifiers at 63 bytes; names are ASCII, so characters are bytes. */
const MAX_NAME_LENGTH = 63;

/** A machine name: `account`, `due_date`. At most 63 characters. */
export const nameSchema = z
  .string()
  .regex(/^[a-z_][a-z0-9_]*$/, 'a name of small letters, digits and "_", like "due_date"')
  .max(MAX_NAME_LENGTH)
  .refine((name) => !RESERVED_NAMES.has(name), 'is a reserved name');

/** The name of a declared field: a machine name that no system field bears. */
export const fieldNameSchema = nameSchema.refine(
  (name) => !systemFields.has(name),
  'is a field that the engine adds to every object by itself',
);

/** Names that a field or an object had before, one or several. */
export const formerNamesSchema = z.union([
  fieldNameSchema,
  z.array(fieldNameSchema).min(1).max(20),
]);

/**
 * The name of one translation of a field, as records that are written, the change log and files have
 * it: `name:de`.
 */
export function translationKey(field: string, locale: string): string {
  return `${field}:${locale}`;
}

/** The field that a name in a record belongs to: of `name:de` and of `name` it is `name`. */
export function fieldOfKey(key: string): string {
  const colon = key.indexOf(':');
  return colon === -1 ? key : key.slice(0, colon);
}

/** A text that people read. */
export const labelSchema = z.string().min(1).max(255);

/** A dotted path over relations to a field: `amount`, `account.owner.name`. */
export const fieldPathSchema = z
  .string()
  .max(500)
  .regex(
    /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*){0,5}$/,
    'a field name, or a path like "account.name"',
  );

/** An expression of the formula language; its syntax is checked by the engine at load. */
export const expressionSchema = z.string().min(1).max(3900);

/** A key that is no machine name: an option's value, a message. */
export const keySchema = z
  .string()
  .min(1)
  .max(255)
  .refine((key) => !RESERVED_NAMES.has(key), 'is a reserved name');

/**
 * A map with names from outside as keys. `__proto__` is refused before `z.record`, which would skip
 * it without a word; the other reserved names by the schema of the keys.
 */
export function namedMap<K extends z.ZodType<string, string>, V extends z.ZodType>(
  key: K,
  value: V,
) {
  return z.unknown().superRefine(refusePrototype).pipe(z.record(key, value));
}

function refusePrototype(value: unknown, context: z.RefinementCtx): void {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__')) return;
  context.addIssue({ code: 'custom', path: ['__proto__'], message: 'is a reserved name' });
}

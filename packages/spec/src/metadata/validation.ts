import { z } from 'zod';
import { expressionSchema, labelSchema, nameSchema } from './names.js';
import { patternSchema } from './pattern.js';

/** Writes that a rule can watch. */
export const VALIDATION_EVENTS = ['insert', 'update', 'delete'] as const;

const base = {
  label: labelSchema.optional(),
  description: z.string().optional(),
  /** Default true. */
  active: z.boolean().optional(),
  /** Default `[insert, update]`. */
  events: z.array(z.enum(VALIDATION_EVENTS)).min(1).optional(),
  /** `error` (default) refuses the write; the others are reported and let it pass. */
  severity: z.enum(['error', 'warning', 'info']).optional(),
  /** What the person who wrote the record reads. */
  message: z.string().min(1).optional(),
};
const named = { name: nameSchema, ...base };
/** Rules inside a `conditional` take everything but what they check from the rule around them. */
const inner = { message: z.string().min(1).optional() };

/** TRUE means invalid. */
const script = { type: z.literal('script'), condition: expressionSchema };
/** Several fields, compared with each other. TRUE means invalid; `fields` receive the error. */
const crossField = {
  type: z.literal('cross_field'),
  condition: expressionSchema,
  fields: z.array(nameSchema).min(1).optional(),
};
const format = {
  type: z.literal('format'),
  field: nameSchema,
  regex: patternSchema.optional(),
  format: z.enum(['email', 'url', 'phone', 'json']).optional(),
};
const stateMachine = {
  type: z.literal('state_machine'),
  field: nameSchema,
  /** From each value to the values it may become. */
  transitions: z.record(z.string(), z.array(z.string())),
};
const jsonSchema = {
  type: z.literal('json_schema'),
  field: nameSchema,
  schema: z.record(z.string(), z.json()),
};
const unique = {
  type: z.literal('unique'),
  fields: z.array(nameSchema).min(1).max(16),
  /** Default true. */
  caseSensitive: z.boolean().optional(),
};

function formatIsOneOf(rule: { regex?: string | undefined; format?: string | undefined }): boolean {
  return (rule.regex === undefined) !== (rule.format === undefined);
}
const oneFormat = { message: 'needs either "regex" or "format", and not both' };

const innerRule = z.discriminatedUnion('type', [
  z.strictObject({ ...inner, ...script }),
  z.strictObject({ ...inner, ...crossField }),
  z.strictObject({ ...inner, ...format }).refine(formatIsOneOf, oneFormat),
  z.strictObject({ ...inner, ...stateMachine }),
  z.strictObject({ ...inner, ...jsonSchema }),
]);
const conditional = {
  type: z.literal('conditional'),
  when: expressionSchema,
  then: innerRule,
  otherwise: innerRule.optional(),
};

function rules<S extends z.ZodRawShape>(shape: S) {
  return z.discriminatedUnion('type', [
    z.strictObject({ ...shape, ...script }),
    z.strictObject({ ...shape, ...crossField }),
    z
      .strictObject({ ...shape, ...format })
      .refine((rule) => formatIsOneOf(rule as never), oneFormat),
    z.strictObject({ ...shape, ...stateMachine }),
    z.strictObject({ ...shape, ...jsonSchema }),
    z.strictObject({ ...shape, ...unique }),
    z.strictObject({ ...shape, ...conditional }),
  ]);
}

/** One validation rule of an object, as its `validations` list holds it. */
export const validationSchema = rules(named);

/** One validation rule in a file of its own (`*.validation.yml`), attached by `object`. */
export const validationFileSchema = rules({ ...named, object: nameSchema });

/** A validation rule. */
export type ValidationDefinition = z.infer<typeof validationSchema>;

/** A validation rule that says which object it belongs to. */
export type ValidationFileDefinition = z.infer<typeof validationFileSchema>;

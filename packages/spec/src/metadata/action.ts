import { z } from 'zod';
import { FIELD_TYPES } from './field-types.js';
import { expressionSchema, labelSchema, nameSchema } from './names.js';
import { httpMethodSchema } from './shared.js';

/** Where an action's button appears. */
export const ACTION_LOCATIONS = [
  'list_toolbar',
  'list_item',
  'record_header',
  'record_more',
  'record_related',
  'global_nav',
] as const;

const param = z.strictObject({
  name: nameSchema,
  label: labelSchema.optional(),
  type: z.enum(FIELD_TYPES),
  required: z.boolean().optional(),
  options: z
    .array(z.strictObject({ value: z.string().min(1), label: labelSchema.optional() }))
    .optional(),
});

const shared = {
  name: nameSchema,
  label: labelSchema,
  description: z.string().optional(),
  icon: z.string().optional(),
  /** Absent: an action of no particular object. */
  object: nameSchema.optional(),
  locations: z.array(z.enum(ACTION_LOCATIONS)).optional(),
  params: z.array(param).max(50).optional(),
  /** Asked before it runs. */
  confirmText: z.string().optional(),
  successMessage: z.string().optional(),
  refreshAfter: z.boolean().optional(),
  /** Shown only where this holds. */
  visible: expressionSchema.optional(),
};

/** A button, and what it does. Served by the metadata API; scripts and flows need their plugin. */
export const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...shared,
    type: z.literal('url'),
    target: z
      .string()
      .regex(/^(?:https?:\/\/|\/(?!\/))/, 'an http(s) address or a path like "/reports"'),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('modal'),
    /** One of the object's `formViews`, as `form_name`. */
    target: nameSchema,
  }),
  z.strictObject({
    ...shared,
    type: z.literal('api'),
    /** A path of this installation. */
    target: z.string().regex(/^\/(?!\/)/, 'a path like "/api/data/lead"'),
    method: httpMethodSchema.optional(),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('flow'),
    /** Name of a flow. */
    target: nameSchema,
  }),
  z.strictObject({
    ...shared,
    type: z.literal('script'),
    /** JavaScript, run in the sandbox. */
    execute: z.string().min(1).max(65_536),
  }),
]);

/** An action as metadata declares it. */
export type ActionDefinition = z.infer<typeof actionSchema>;

import { z } from 'zod';
import { expressionSchema, labelSchema, namedMap, nameSchema } from './names.js';
import { businessDurationSchema, described } from './shared.js';

// The keys are written with "_" because that is how state machines are written in files.

const parameters = z.record(z.string(), z.json());

/** What a state or transition does: a name, or a name with parameters. */
const action = z.union([
  nameOfAction(),
  z.strictObject({ action: nameOfAction(), with: parameters.optional() }),
]);

function nameOfAction() {
  return z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name like "notify_manager"');
}

/** What must hold: a formula, or the name of a guard with parameters. */
const guard = z.union([
  expressionSchema,
  z.strictObject({ guard: nameOfAction(), with: parameters.optional() }),
]);

const transition = z.union([
  nameSchema,
  z.strictObject({
    target: nameSchema,
    label: labelSchema.optional(),
    guards: z.array(guard).optional(),
    /** Who may do it, besides being allowed to edit the record. */
    roles: z.array(nameSchema).optional(),
    users: z.array(z.string().min(1)).optional(),
    /** False: neither the record's owner nor its submitter may. */
    allow_self: z.boolean().optional(),
    /** Fields that must be filled; `comment` asks for a comment. */
    require: z.array(nameSchema).optional(),
    actions: z.array(action).optional(),
    metadata: parameters.optional(),
  }),
]);

const timeout = z
  .strictObject({
    /** ISO 8601 duration (`P3D`), or words: `2 business days`. */
    after: businessDurationSchema,
    event: nameSchema.optional(),
    to: nameSchema.optional(),
    actions: z.array(action).optional(),
    repeat: z.boolean().optional(),
    max: z.int().min(1).max(100).optional(),
  })
  .refine((value) => value.event === undefined || value.to === undefined, {
    message: 'takes either "event" or "to", not both',
  });

const state = z.strictObject({
  label: labelSchema.optional(),
  initial: z.boolean().optional(),
  final: z.boolean().optional(),
  /** Checked when the state is entered. */
  guards: z.array(guard).optional(),
  on_enter: z.array(action).optional(),
  on_exit: z.array(action).optional(),
  transitions: namedMap(nameSchema, transition).optional(),
  timeout: timeout.optional(),
  metadata: parameters.optional(),
});

const states = namedMap(nameSchema, state).superRefine((map, context) => {
  const initial = Object.keys(map).filter((name) => map[name]?.initial === true);
  if (initial.length === 1) return;
  const found =
    initial.length === 0 ? 'none is' : `${initial.map((name) => `"${name}"`).join(' and ')} are`;
  context.addIssue({
    code: 'custom',
    message: `need exactly one with "initial: true" (${found})`,
  });
});

/**
 * A state machine over the records of an object. A transition to a state that is not declared makes
 * it a final state, with a notice; `strict: true` makes that an error.
 */
export const workflowSchema = z.strictObject({
  name: nameSchema,
  ...described,
  object: nameSchema,
  type: z.enum(['approval', 'sequential', 'parallel', 'conditional']).optional(),
  version: z.union([z.string().min(1), z.int().min(1)]).optional(),
  /** Field that mirrors the state. Default `workflow_state`. */
  state_field: nameSchema.optional(),
  strict: z.boolean().optional(),
  states,
  metadata: parameters.optional(),
});

/** A state machine as metadata declares it. */
export type WorkflowDefinition = z.infer<typeof workflowSchema>;

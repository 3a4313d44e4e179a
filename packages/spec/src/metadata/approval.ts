import { z } from 'zod';
import { expressionSchema, labelSchema, nameSchema } from './names.js';
import { ruleActionSchema } from './rule-actions.js';
import { described } from './shared.js';

const actions = z.array(ruleActionSchema).max(50).optional();

const approver = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['user', 'role', 'field', 'queue']),
    /** A user, role or queue, or the field that holds the user. */
    value: z.string().min(1),
  }),
  z.strictObject({ type: z.literal('manager') }),
]);

const escalation = z
  .strictObject({
    timeoutHours: z.number().positive().max(8760),
    action: z.enum(['reassign', 'auto_approve', 'auto_reject', 'notify']),
    escalateTo: z.string().min(1).optional(),
  })
  .refine((value) => value.action !== 'reassign' || value.escalateTo !== undefined, {
    path: ['escalateTo'],
    message: 'is needed by "reassign"',
  });

const step = z.strictObject({
  name: nameSchema,
  label: labelSchema.optional(),
  description: z.string().optional(),
  /** The step is skipped where this does not hold. */
  entryCriteria: expressionSchema.optional(),
  approvers: z.array(approver).min(1).max(100),
  /** Default `first_response`. */
  behavior: z.enum(['first_response', 'unanimous']).optional(),
  /** How many must approve: a number, or a share like `50%`. */
  quorum: z
    .union([z.int().min(1).max(100), z.string().regex(/^(?:100|[1-9]\d?)%$/, 'a share like "50%"')])
    .optional(),
  /** Default `reject_process`. */
  rejectionBehavior: z.enum(['reject_process', 'back_to_previous']).optional(),
  /** When nobody can be found. Default `error`. */
  emptyApprovers: z.enum(['error', 'skip', 'admin']).optional(),
  allowSelf: z.boolean().optional(),
  requireComment: z.boolean().optional(),
  escalation: z.array(escalation).max(10).optional(),
  onApprove: actions,
  onReject: actions,
});

/** Who must agree to a record, in which order. */
export const approvalSchema = z.strictObject({
  name: nameSchema,
  ...described,
  object: nameSchema,
  /** Default true. */
  active: z.boolean().optional(),
  entryCriteria: expressionSchema.optional(),
  /** Nobody but approvers changes the record meanwhile. Default true. */
  lockRecord: z.boolean().optional(),
  /** How often it may be sent back. Default 3. */
  maxRevisions: z.int().min(0).max(100).optional(),
  steps: z.array(step).min(1).max(50),
  onSubmit: actions,
  onFinalApprove: actions,
  onFinalReject: actions,
  onRecall: actions,
});

/** An approval process as metadata declares it. */
export type ApprovalDefinition = z.infer<typeof approvalSchema>;

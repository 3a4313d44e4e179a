import { z } from 'zod';
import { labelSchema, nameSchema } from './names.js';
import { httpMethodSchema, urlSchema } from './shared.js';

const named = { name: nameSchema, continueOnError: z.boolean().optional() };
const recipients = z.array(z.string().min(1)).min(1).max(1000);
const data = z.record(z.string(), z.json());

/** The seven things a workflow rule can do. */
export const RULE_ACTION_TYPES = [
  'field_update',
  'email_alert',
  'http_call',
  'connector_action',
  'task_creation',
  'push_notification',
  'custom_script',
] as const;

/** One action of a workflow rule. */
export const ruleActionSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...named,
    type: z.literal('field_update'),
    /** A field of the record, or of its parent: `account.status`. */
    field: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/, 'a field, or "parent.field"'),
    /** A literal, or a formula that starts with `=`. */
    value: z.json(),
  }),
  z.strictObject({
    ...named,
    type: z.literal('email_alert'),
    template: z.string().min(1),
    recipients,
  }),
  z.strictObject({
    ...named,
    type: z.literal('http_call'),
    url: urlSchema,
    /** Default POST. */
    method: httpMethodSchema.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    timeoutMs: z.int().min(1).max(120_000).optional(),
  }),
  z.strictObject({
    ...named,
    type: z.literal('connector_action'),
    connectorId: z.string().min(1),
    actionId: z.string().min(1),
    input: data.optional(),
  }),
  z.strictObject({
    ...named,
    type: z.literal('task_creation'),
    taskObject: nameSchema,
    subject: z.string().min(1),
    description: z.string().optional(),
    assignedTo: z.string().optional(),
    dueDate: z.string().optional(),
    priority: z.string().optional(),
    relatedTo: z.string().optional(),
    additionalFields: data.optional(),
  }),
  z.strictObject({
    ...named,
    type: z.literal('push_notification'),
    title: labelSchema,
    body: z.string(),
    recipients,
    data: data.optional(),
    badge: z.int().min(0).optional(),
    sound: z.string().optional(),
    clickAction: z.string().optional(),
  }),
  z.strictObject({
    ...named,
    type: z.literal('custom_script'),
    language: z.enum(['javascript', 'typescript']),
    code: z.string().min(1).max(65_536),
    /** Milliseconds. Default 30,000. */
    timeout: z.int().min(1).max(300_000).optional(),
    context: data.optional(),
  }),
]);

/** One action of a workflow rule. */
export type RuleAction = z.infer<typeof ruleActionSchema>;

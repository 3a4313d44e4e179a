import { z } from 'zod';
import { expressionSchema, nameSchema } from './names.js';
import { ruleActionSchema } from './rule-actions.js';
import { described, scheduleSchema } from './shared.js';

const timeTrigger = z
  .strictObject({
    id: nameSchema.optional(),
    timeLength: z.int().min(0).max(100_000),
    timeUnit: z.enum(['minutes', 'hours', 'days']),
    offsetDirection: z.enum(['before', 'after']),
    offsetFrom: z.enum(['trigger_date', 'date_field']),
    dateField: nameSchema.optional(),
    /** When the moment is already past. Default `run`. */
    late: z.enum(['run', 'skip']).optional(),
    actions: z.array(ruleActionSchema).min(1).max(50),
  })
  .refine(
    (trigger) => (trigger.offsetFrom === 'date_field') === (trigger.dateField !== undefined),
    {
      path: ['dateField'],
      message: 'is needed when "offsetFrom" is "date_field", and only then',
    },
  );

/** When a record is written and the criteria hold, do these things. */
export const workflowRuleSchema = z
  .strictObject({
    name: nameSchema,
    ...described,
    objectName: nameSchema,
    triggerType: z.enum(['on_create', 'on_update', 'on_create_or_update', 'on_delete', 'schedule']),
    /** Only with `triggerType: schedule`. */
    schedule: scheduleSchema.optional(),
    criteria: expressionSchema.optional(),
    /** `on_enter`: only when the criteria begin to hold. Default `every`. */
    evaluate: z.enum(['every', 'on_enter']).optional(),
    actions: z.array(ruleActionSchema).max(50).optional(),
    timeTriggers: z.array(timeTrigger).max(50).optional(),
    /** Default true. */
    active: z.boolean().optional(),
    reevaluateOnChange: z.boolean().optional(),
    /** Lower runs first, then by name. Default 100. */
    executionOrder: z.int().min(0).max(9999).optional(),
  })
  .refine((rule) => (rule.triggerType === 'schedule') === (rule.schedule !== undefined), {
    path: ['schedule'],
    message: 'is needed when "triggerType" is "schedule", and only then',
  })
  .refine((rule) => (rule.actions?.length ?? 0) + (rule.timeTriggers?.length ?? 0) > 0, {
    path: ['actions'],
    message: 'must hold something, unless "timeTriggers" does',
  });

/** A workflow rule as metadata declares it. */
export type WorkflowRuleDefinition = z.infer<typeof workflowRuleSchema>;

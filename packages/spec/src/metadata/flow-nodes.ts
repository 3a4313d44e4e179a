import { z } from 'zod';
import { expressionSchema, fieldPathSchema, labelSchema, nameSchema } from './names.js';
import {
  durationSchema,
  filterSchema,
  httpMethodSchema,
  scheduleSchema,
  sortSchema,
  urlSchema,
  variableSchema,
} from './shared.js';

/** The fourteen kinds of node. */
export const FLOW_NODE_TYPES = [
  'start',
  'end',
  'decision',
  'assignment',
  'loop',
  'create_record',
  'update_record',
  'delete_record',
  'get_record',
  'http_request',
  'script',
  'wait',
  'subflow',
  'connector_action',
] as const;

/** An id within a flow: `n1`, `check_amount`, `edge-3`. */
export const flowIdSchema = z
  .string()
  .max(63)
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'an id like "check_amount"');

const node = {
  id: flowIdSchema,
  label: labelSchema.optional(),
  /** Where a drawing shows it. */
  position: z.strictObject({ x: z.number(), y: z.number() }).optional(),
};

const values = z.record(z.string(), z.json());
const outputVariable = variableSchema.optional();

function which(config: { recordId?: unknown; filter?: unknown }): boolean {
  return (config.recordId === undefined) !== (config.filter === undefined);
}
const oneWhich = { message: 'needs either "recordId" or "filter"' };

const start = z.strictObject({
  ...node,
  type: z.literal('start'),
  config: z
    .strictObject({
      objectName: nameSchema.optional(),
      triggerType: z
        .enum(['on_create', 'on_update', 'on_create_or_update', 'on_delete'])
        .optional(),
      criteria: expressionSchema.optional(),
      schedule: scheduleSchema.optional(),
    })
    .optional(),
});
const end = z.strictObject({ ...node, type: z.literal('end') });
const decision = z.strictObject({
  ...node,
  type: z.literal('decision'),
  /** Absent: the conditions stand on the edges. */
  config: z
    .strictObject({
      /** Its edges are labelled `true` and `false`. */
      condition: expressionSchema.optional(),
      /** The first that holds takes the edge with the same label. */
      conditions: z
        .array(z.strictObject({ label: labelSchema, expression: expressionSchema }))
        .min(1)
        .max(100)
        .optional(),
    })
    .refine((config) => config.condition === undefined || config.conditions === undefined, {
      message: 'takes either "condition" or "conditions", not both',
    })
    .optional(),
});
const assignment = z.strictObject({
  ...node,
  type: z.literal('assignment'),
  /** Variable to value: a literal, or a formula that starts with `=`. */
  config: z.record(variableSchema, z.json()),
});
const loop = z.strictObject({
  ...node,
  type: z.literal('loop'),
  config: z.strictObject({
    /** A variable or formula that gives a list. */
    collection: expressionSchema,
    iteratorVariable: variableSchema,
    /** Items at the same time. Default 1. */
    concurrency: z.int().min(1).max(50).optional(),
  }),
});
const createRecord = z.strictObject({
  ...node,
  type: z.literal('create_record'),
  /** `outputVariable` receives the id. */
  config: z.strictObject({ objectName: nameSchema, fields: values, outputVariable }),
});
const updateRecord = z.strictObject({
  ...node,
  type: z.literal('update_record'),
  config: z
    .strictObject({
      objectName: nameSchema,
      recordId: z.string().min(1).optional(),
      filter: filterSchema.optional(),
      fields: values,
      /** Fails unless it touches this many. */
      expectRows: z.int().min(0).optional(),
    })
    .refine(which, oneWhich),
});
const deleteRecord = z.strictObject({
  ...node,
  type: z.literal('delete_record'),
  config: z
    .strictObject({
      objectName: nameSchema,
      recordId: z.string().min(1).optional(),
      filter: filterSchema.optional(),
      expectRows: z.int().min(0).optional(),
    })
    .refine(which, oneWhich),
});
const getRecord = z.strictObject({
  ...node,
  type: z.literal('get_record'),
  config: z.strictObject({
    objectName: nameSchema,
    filter: filterSchema.optional(),
    sort: sortSchema.optional(),
    fields: z.array(fieldPathSchema).optional(),
    limit: z.int().min(1).max(50_000).optional(),
    /** A list instead of the first record. */
    getAll: z.boolean().optional(),
    outputVariable: variableSchema,
    /** Default `null`. */
    notFound: z.enum(['null', 'fault']).optional(),
  }),
});
const httpRequest = z.strictObject({
  ...node,
  type: z.literal('http_request'),
  config: z.strictObject({
    url: urlSchema,
    /** Default GET. */
    method: httpMethodSchema.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.json().optional(),
    timeoutMs: z.int().min(1).max(120_000).optional(),
    outputVariable,
  }),
});
const script = z.strictObject({
  ...node,
  type: z.literal('script'),
  config: z.union([
    z.strictObject({
      /** JavaScript, run in the sandbox. */
      script: z.string().min(1).max(65_536),
      inputs: values.optional(),
      outputVariable,
    }),
    z.strictObject({
      actionType: z.literal('email'),
      template: z.string().min(1),
      recipients: z.array(z.string().min(1)).min(1),
      variables: values.optional(),
    }),
  ]),
});
const wait = z.strictObject({
  ...node,
  type: z.literal('wait'),
  config: z
    .strictObject({
      eventType: z.enum(['timer', 'signal', 'condition', 'manual']),
      /** ISO 8601: `P3D`, `PT4H`. */
      duration: durationSchema.optional(),
      /** A formula that gives the moment. */
      until: expressionSchema.optional(),
      signalName: nameSchema.optional(),
      condition: expressionSchema.optional(),
      timeout: durationSchema.optional(),
      /** Default `fail`. `edge` takes the edge labelled `timeout`. */
      onTimeout: z.enum(['fail', 'continue', 'edge']).optional(),
    })
    .superRefine((config, context) => {
      const timer = (config.duration === undefined) !== (config.until === undefined);
      const complete = {
        timer,
        signal: config.signalName !== undefined,
        condition: config.condition !== undefined,
        manual: true,
      };
      if (complete[config.eventType]) return;
      const wanted = {
        timer: 'either "duration" or "until"',
        signal: '"signalName"',
        condition: '"condition"',
        manual: '',
      };
      context.addIssue({
        code: 'custom',
        message: `needs ${wanted[config.eventType]} to wait for a ${config.eventType}`,
      });
    }),
});
const subflow = z.strictObject({
  ...node,
  type: z.literal('subflow'),
  config: z.strictObject({ flowName: nameSchema, input: values.optional(), outputVariable }),
});
const connectorAction = z.strictObject({
  ...node,
  type: z.literal('connector_action'),
  config: z.strictObject({
    connectorId: z.string().min(1),
    actionId: z.string().min(1),
    input: values.optional(),
    outputVariable,
  }),
});

/** One node of a flow; its `config` depends on its `type`. */
export const flowNodeSchema = z.discriminatedUnion('type', [
  start,
  end,
  decision,
  assignment,
  loop,
  createRecord,
  updateRecord,
  deleteRecord,
  getRecord,
  httpRequest,
  script,
  wait,
  subflow,
  connectorAction,
]);

/** One node of a flow. */
export type FlowNode = z.infer<typeof flowNodeSchema>;

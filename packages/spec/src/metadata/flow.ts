import { z } from 'zod';
import { flowIdSchema, flowNodeSchema } from './flow-nodes.js';
import { expressionSchema, nameSchema } from './names.js';
import { described, variableSchema } from './shared.js';

const edge = z.strictObject({
  id: flowIdSchema,
  source: flowIdSchema,
  target: flowIdSchema,
  condition: expressionSchema.optional(),
  /** `fault` is taken when the source fails. */
  type: z.enum(['default', 'fault']).optional(),
  label: z.string().optional(),
  /** Taken when no condition of the source's edges holds. */
  isDefault: z.boolean().optional(),
});

const variable = z.strictObject({
  name: variableSchema,
  type: z.enum(['text', 'number', 'boolean', 'date', 'datetime', 'record', 'list', 'json']),
  isInput: z.boolean().optional(),
  isOutput: z.boolean().optional(),
  defaultValue: z.json().optional(),
});

const errorHandling = z.strictObject({
  /** Default `fail`. */
  strategy: z.enum(['fail', 'retry', 'continue']),
  maxRetries: z.int().min(0).max(100).optional(),
  retryDelayMs: z.int().min(0).max(86_400_000).optional(),
  fallbackNodeId: flowIdSchema.optional(),
});

/** A flow: nodes that do something, and edges between them. */
export const flowSchema = z
  .strictObject({
    name: nameSchema,
    ...described,
    version: z.int().min(1).optional(),
    /** Only `active` flows start. Default `draft`. */
    status: z.enum(['draft', 'active', 'obsolete']).optional(),
    type: z.enum(['autolaunched', 'record_change', 'schedule', 'screen', 'api']),
    variables: z.array(variable).max(200).optional(),
    nodes: z.array(flowNodeSchema).min(1).max(1000),
    edges: z.array(edge).max(5000),
    /** Whose rights it has. Default `user`. */
    runAs: z.enum(['system', 'user']).optional(),
    errorHandling: errorHandling.optional(),
  })
  .superRefine((flow, context) => {
    for (const { path, message } of graphProblems(flow))
      context.addIssue({ code: 'custom', path, message });
  });

interface Graph {
  readonly nodes: readonly { readonly id: string; readonly type: string }[];
  readonly edges: readonly {
    readonly id: string;
    readonly source: string;
    readonly target: string;
  }[];
  readonly errorHandling?: { readonly fallbackNodeId?: string | undefined } | undefined;
}

interface GraphProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Whether ids are unique, edges join nodes that exist, and the flow has one start. */
function graphProblems(flow: Graph): GraphProblem[] {
  const nodes = new Set(flow.nodes.map((node) => node.id));
  const missing = (id: string) => `names the node "${id}", which this flow does not have`;
  const problems = [...repeated(flow.nodes, 'nodes'), ...repeated(flow.edges, 'edges')];
  flow.edges.forEach((one, index) => {
    for (const end of ['source', 'target'] as const) {
      if (!nodes.has(one[end]))
        problems.push({ path: ['edges', index, end], message: missing(one[end]) });
    }
  });
  const starts = flow.nodes.filter((node) => node.type === 'start').length;
  if (starts !== 1)
    problems.push({
      path: ['nodes'],
      message: `need exactly one node of type "start", not ${starts}`,
    });
  const fallback = flow.errorHandling?.fallbackNodeId;
  if (fallback !== undefined && !nodes.has(fallback)) {
    problems.push({ path: ['errorHandling', 'fallbackNodeId'], message: missing(fallback) });
  }
  return problems;
}

function repeated(list: readonly { readonly id: string }[], key: string): GraphProblem[] {
  const seen = new Set<string>();
  const problems: GraphProblem[] = [];
  list.forEach(({ id }, index) => {
    if (seen.has(id)) problems.push({ path: [key, index, 'id'], message: `repeats "${id}"` });
    seen.add(id);
  });
  return problems;
}

/** A flow as metadata declares it. */
export type FlowDefinition = z.infer<typeof flowSchema>;

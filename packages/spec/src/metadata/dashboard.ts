import { z } from 'zod';
import { labelSchema, nameSchema } from './names.js';
import { described, filterSchema } from './shared.js';

/** What a dashboard can draw. */
export const WIDGET_TYPES = [
  'metric',
  'kpi',
  'gauge',
  'bar',
  'horizontal-bar',
  'grouped-bar',
  'stacked-bar',
  'column',
  'line',
  'area',
  'stacked-area',
  'pie',
  'donut',
  'funnel',
  'scatter',
  'radar',
  'treemap',
  'heatmap',
  'table',
  'pivot',
] as const;

const widget = z
  .strictObject({
    title: labelSchema,
    type: z.enum(WIDGET_TYPES),
    object: nameSchema,
    filter: filterSchema.optional(),
    categoryField: nameSchema.optional(),
    valueField: nameSchema.optional(),
    /** Default `count`. */
    aggregate: z.enum(['count', 'sum', 'avg', 'min', 'max']).optional(),
    /** Place on a grid of twelve columns. */
    layout: z.strictObject({
      x: z.int().min(0).max(11),
      y: z.int().min(0),
      w: z.int().min(1).max(12),
      h: z.int().min(1).max(100),
    }),
    /** Drawing options, handed to the chart as they are. */
    options: z.record(z.string(), z.json()).optional(),
  })
  .refine((value) => value.valueField !== undefined || (value.aggregate ?? 'count') === 'count', {
    path: ['valueField'],
    message: 'is needed by every aggregate but count',
  });

/** A dashboard: charts and figures over objects. Served by the metadata API. */
export const dashboardSchema = z.strictObject({
  name: nameSchema,
  ...described,
  widgets: z.array(widget).min(1).max(100),
});

/** A dashboard as metadata declares it. */
export type DashboardDefinition = z.infer<typeof dashboardSchema>;

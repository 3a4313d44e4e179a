import { z } from 'zod';
import { expressionSchema, fieldPathSchema, labelSchema, namedMap, nameSchema } from './names.js';
import { described, filterSchema, sortSchema } from './shared.js';

const column = z.union([
  fieldPathSchema,
  z.strictObject({
    field: fieldPathSchema,
    label: labelSchema.optional(),
    /** Pixels. */
    width: z.int().min(20).max(2000).optional(),
    align: z.enum(['left', 'center', 'right']).optional(),
    hidden: z.boolean().optional(),
    sortable: z.boolean().optional(),
    wrap: z.boolean().optional(),
    /** Links to the record. */
    link: z.boolean().optional(),
  }),
]);

const listView = z.strictObject({
  label: labelSchema.optional(),
  type: z.enum(['grid', 'kanban', 'gallery', 'calendar', 'timeline', 'gantt', 'map']).optional(),
  columns: z.array(column).min(1).max(100),
  filter: filterSchema.optional(),
  sort: sortSchema.optional(),
  searchableFields: z.array(nameSchema).optional(),
  filterableFields: z.array(nameSchema).optional(),
  selection: z.strictObject({ type: z.enum(['none', 'single', 'multiple']) }).optional(),
  navigation: z
    .strictObject({
      mode: z.enum(['page', 'drawer', 'modal', 'split', 'popover', 'new_window', 'none']),
    })
    .optional(),
  pagination: z
    .strictObject({
      pageSize: z.int().min(1).max(1000).optional(),
      pageSizeOptions: z.array(z.int().min(1).max(1000)).optional(),
    })
    .optional(),
  kanban: z
    .strictObject({
      groupByField: nameSchema,
      summarizeField: nameSchema.optional(),
      columns: z.array(nameSchema).optional(),
    })
    .optional(),
  calendar: z
    .strictObject({
      startDateField: nameSchema,
      endDateField: nameSchema.optional(),
      titleField: nameSchema,
      colorField: nameSchema.optional(),
    })
    .optional(),
  gantt: z
    .strictObject({
      startDateField: nameSchema,
      endDateField: nameSchema,
      titleField: nameSchema,
      progressField: nameSchema.optional(),
    })
    .optional(),
  gallery: z
    .strictObject({
      coverField: nameSchema.optional(),
      titleField: nameSchema.optional(),
      visibleFields: z.array(nameSchema).optional(),
    })
    .optional(),
  timeline: z
    .strictObject({
      startDateField: nameSchema,
      endDateField: nameSchema.optional(),
      titleField: nameSchema,
      groupByField: nameSchema.optional(),
    })
    .optional(),
  map: z.strictObject({ locationField: nameSchema, titleField: nameSchema.optional() }).optional(),
});

const formField = z.union([
  nameSchema,
  z.strictObject({
    field: nameSchema,
    label: labelSchema.optional(),
    placeholder: z.string().optional(),
    helpText: z.string().optional(),
    readonly: z.boolean().optional(),
    required: z.boolean().optional(),
    hidden: z.boolean().optional(),
    colSpan: z.int().min(1).max(4).optional(),
    widget: z.string().optional(),
    dependsOn: nameSchema.optional(),
    visibleOn: expressionSchema.optional(),
  }),
]);

const formView = z.strictObject({
  label: labelSchema.optional(),
  type: z.enum(['simple', 'tabbed', 'wizard', 'split', 'drawer', 'modal']).optional(),
  sections: z
    .array(
      z.strictObject({
        label: labelSchema.optional(),
        collapsible: z.boolean().optional(),
        collapsed: z.boolean().optional(),
        columns: z.int().min(1).max(4).optional(),
        fields: z.array(formField).min(1),
      }),
    )
    .min(1),
});

/** How records of an object are listed and edited. Served by the metadata API. */
export const viewSchema = z.strictObject({
  name: nameSchema,
  ...described,
  object: nameSchema,
  /** The list that opens first. */
  list: listView.optional(),
  /** The form that opens first. */
  form: formView.optional(),
  listViews: namedMap(nameSchema, listView).optional(),
  formViews: namedMap(nameSchema, formView).optional(),
});

/** The views of an object as metadata declares them. */
export type ViewDefinition = z.infer<typeof viewSchema>;

/** One list. */
export type ListViewDefinition = z.infer<typeof listView>;

/** One form. */
export type FormViewDefinition = z.infer<typeof formView>;

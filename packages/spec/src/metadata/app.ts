import { z } from 'zod';
import { labelSchema, nameSchema } from './names.js';
import { described } from './shared.js';

const item = { id: nameSchema, label: labelSchema, icon: z.string().optional() };

const link = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('object'),
    ...item,
    objectName: nameSchema,
    /** One of the object's `listViews`. */
    viewName: nameSchema.optional(),
  }),
  z.strictObject({ type: z.literal('dashboard'), ...item, dashboardName: nameSchema }),
  z.strictObject({
    type: z.literal('url'),
    ...item,
    /** Absolute (http, https) or a path of this installation. */
    url: z
      .string()
      .regex(/^(?:https?:\/\/|\/(?!\/))/, 'an http(s) address or a path like "/reports"'),
    target: z.enum(['_self', '_blank']).optional(),
  }),
]);

const group = z.strictObject({
  type: z.literal('group'),
  ...item,
  expanded: z.boolean().optional(),
  children: z.array(link).min(1),
});

/** An application: what its navigation shows, and how it looks. Served by the metadata API. */
export const appSchema = z.strictObject({
  name: nameSchema,
  ...described,
  icon: z.string().optional(),
  branding: z
    .strictObject({
      primaryColor: z
        .string()
        .regex(/^#[0-9a-fA-F]{6}$/, 'a colour like "#2563eb"')
        .optional(),
      logo: z.string().optional(),
      favicon: z.string().optional(),
    })
    .optional(),
  /** The app that opens first. */
  isDefault: z.boolean().optional(),
  navigation: z.array(z.discriminatedUnion('type', [...link.options, group])).min(1),
  /** Who sees the app: system permissions, all of them. */
  requiredPermissions: z.array(z.string().min(1)).optional(),
});

/** An application as metadata declares it. */
export type AppDefinition = z.infer<typeof appSchema>;

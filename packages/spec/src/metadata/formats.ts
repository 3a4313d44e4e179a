import type { z } from 'zod';
import { actionSchema } from './action.js';
import { appSchema } from './app.js';
import { approvalSchema } from './approval.js';
import { dashboardSchema } from './dashboard.js';
import { flowSchema } from './flow.js';
import { hookSchema } from './hook.js';
import { objectDocumentSchema } from './object.js';
import { permissionSetSchema } from './permission-set.js';
import { roleSchema } from './role.js';
import { seedSchema } from './seed.js';
import { sharingRuleSchema } from './sharing-rule.js';
import { translationSchema } from './translation.js';
import type { MetadataType } from './types.js';
import { validationFileSchema } from './validation.js';
import { viewSchema } from './view.js';
import { workflowRuleSchema } from './workflow-rule.js';
import { workflowSchema } from './workflow.js';

/** What the loader must know about one kind of metadata file. */
export interface MetadataFormat {
  readonly type: MetadataType;
  /** Parses one definition, after `normalizeLegacy`. */
  readonly schema: z.ZodType;
  /** The folder that holds such files, which is also the plural that the metadata API accepts. */
  readonly folder: string;
  /** `experimental`: parsed and served, without effect until `plugin` is loaded. */
  readonly status: 'active' | 'experimental';
  /** The plugin that gives the format its effect. Absent: the core does. */
  readonly plugin?: string | undefined;
}

function active(type: MetadataType, folder: string, schema: z.ZodType): MetadataFormat {
  return { type, schema, folder, status: 'active' };
}

interface Awaited {
  readonly folder: string;
  readonly plugin: string;
  readonly schema: z.ZodType;
}

function awaits(type: MetadataType, { folder, plugin, schema }: Awaited): MetadataFormat {
  return { type, schema, folder, status: 'experimental', plugin };
}

const permissions = '@objectos/permissions';
const workflow = '@objectos/workflow';
const automation = '@objectos/automation';

/** Every metadata format by its type. */
export const formats: Readonly<Record<MetadataType, MetadataFormat>> = {
  object: active('object', 'objects', objectDocumentSchema),
  validation: active('validation', 'validations', validationFileSchema),
  permission_set: awaits('permission_set', {
    folder: 'permission_sets',
    plugin: permissions,
    schema: permissionSetSchema,
  }),
  role: awaits('role', { folder: 'roles', plugin: permissions, schema: roleSchema }),
  sharing_rule: awaits('sharing_rule', {
    folder: 'sharing_rules',
    plugin: permissions,
    schema: sharingRuleSchema,
  }),
  hook: awaits('hook', { folder: 'hooks', plugin: automation, schema: hookSchema }),
  view: active('view', 'views', viewSchema),
  app: active('app', 'apps', appSchema),
  dashboard: active('dashboard', 'dashboards', dashboardSchema),
  action: active('action', 'actions', actionSchema),
  workflow: awaits('workflow', { folder: 'workflows', plugin: workflow, schema: workflowSchema }),
  flow: awaits('flow', { folder: 'flows', plugin: workflow, schema: flowSchema }),
  approval: awaits('approval', { folder: 'approvals', plugin: workflow, schema: approvalSchema }),
  workflow_rule: awaits('workflow_rule', {
    folder: 'workflow_rules',
    plugin: automation,
    schema: workflowRuleSchema,
  }),
  translation: awaits('translation', {
    folder: 'translations',
    plugin: '@objectos/i18n',
    schema: translationSchema,
  }),
  seed: active('seed', 'data', seedSchema),
};

import { readdirSync, readFileSync } from 'node:fs';
import {
  ApprovalProcessSchema,
  FlowSchema,
  WorkflowRuleSchema,
} from '@objectstack/spec/automation';
import {
  DatasetSchema,
  HookSchema,
  ObjectSchema,
  ValidationRuleSchema,
} from '@objectstack/spec/data';
import { RoleSchema } from '@objectstack/spec/identity';
import { PermissionSetSchema, SharingRuleSchema } from '@objectstack/spec/security';
import { ActionSchema, AppSchema, DashboardSchema, ViewSchema } from '@objectstack/spec/ui';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { formats, normalizeLegacy, type MetadataType } from '@objectos/spec/metadata';

/** A format of the published specification that we share. */
interface Shared {
  readonly published: z.ZodType;
  /** Where it refuses what we accept, by key path, and why we keep it. */
  readonly differences?: Readonly<Record<string, string>>;
}

const oneLetter = 'Names of one letter are fine.';
const optionalLabel = 'A label is made from the name where none is given.';
const shared: Partial<Record<MetadataType, Shared>> = {
  object: {
    published: ObjectSchema,
    differences: {
      'fields.kind.options.*.value': 'A select value may be one letter.',
      'fields.lines.summaryOperations.field': 'A count needs no field.',
      'fields.hidden_text.type': 'The type "secret" came later.',
      'fields.keeper.type': 'The type "user" came later.',
      'fields.contacts.type': 'The type "many_to_many" is ours.',
      sharingModel: '"controlled_by_parent" came later.',
      name: 'An extension stands in the same kind of file.',
    },
  },
  view: {
    published: ViewSchema,
    differences: {
      'list.columns': 'Columns may mix names and mappings.',
      'list.sort': 'A list is sorted by several fields.',
      'form.sections.*.columns': 'A number of columns is a number.',
      'listViews.*.sort': 'A list is sorted by several fields.',
      'formViews.*.sections.*.columns': 'A number of columns is a number.',
      'listViews.*.kanban.columns': 'The columns of a board are the options of its field.',
    },
  },
  app: { published: AppSchema, differences: { 'navigation.*.children.*.id': oneLetter } },
  dashboard: {
    published: DashboardSchema,
    differences: { label: optionalLabel, 'widgets.*.filter': 'A filter has every spelling.' },
  },
  action: {
    published: ActionSchema,
    differences: { name: oneLetter, 'params.*.label': optionalLabel },
  },
  flow: {
    published: FlowSchema,
    differences: { label: optionalLabel, 'nodes.*.label': optionalLabel },
  },
  approval: {
    published: ApprovalProcessSchema,
    differences: {
      label: optionalLabel,
      'steps.*.label': optionalLabel,
      'steps.*.approvers.*.value': 'The manager of the submitter needs no value.',
      'steps.*.onApprove.*.config': 'An action without options needs none.',
      'onSubmit.*.config': 'An action without options needs none.',
    },
  },
  workflow_rule: { published: WorkflowRuleSchema, differences: { name: oneLetter } },
  permission_set: { published: PermissionSetSchema },
  role: { published: RoleSchema },
  sharing_rule: {
    published: SharingRuleSchema,
    differences: {
      'sharedWith.value': 'Everybody needs no value.',
      'ownedBy.type': 'A territory may own.',
    },
  },
  hook: { published: HookSchema },
  validation: {
    published: ValidationRuleSchema,
    differences: {
      message: 'A message is made from the rule where none is given.',
      'then.name': 'An inner rule goes by the name of the outer one.',
      'then.message': 'An inner rule may use the message of the outer one.',
      'otherwise.name': 'An inner rule goes by the name of the outer one.',
      'otherwise.message': 'An inner rule may use the message of the outer one.',
    },
  },
  seed: { published: DatasetSchema },
};

/** Key paths at which the published schema refuses a value, with `*` for places in lists. */
function refusals({ published }: Shared, value: unknown): string[] {
  const { success, error } = published.safeParse(value);
  const paths = success ? [] : error.issues.map(({ path }) => path.map(step).join('.'));
  // The name of a view among others says nothing.
  return paths.map((path) => path.replace(/^(listViews|formViews)\.[^.]+/, '$1.*'));
}

function step(part: PropertyKey): string {
  return typeof part === 'number' ? '*' : String(part);
}

function casesOf(type: string): unknown[] {
  const text = readFileSync(new URL(`cases/${type}.yml`, import.meta.url), 'utf8');
  const cases = parse(text) as { readonly valid?: unknown }[];
  return cases.flatMap(({ valid }) => (valid === undefined ? [] : [valid]));
}

const examples = new URL('../../../examples/crm/', import.meta.url);

function examplesOf(type: string): unknown[] {
  return readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith(`.${type}.yml`) || new RegExp(`^${type}s/[^/]+\\.yml$`).test(file),
    )
    .map((file) => {
      const name = file.replace(/^.*\//, '').replace(/\..*$/, '');
      return { name, ...(parse(readFileSync(new URL(file, examples), 'utf8')) as object) };
    });
}

describe.each(Object.entries(shared))('%s', (type, format) => {
  test('what we accept, the published schema accepts, but for differences that are meant', () => {
    const found = [...casesOf(type), ...examplesOf(type)].flatMap((one) => refusals(format, one));
    expect([...new Set(found)].sort()).toEqual(Object.keys(format.differences ?? {}).sort());
  });
});

/** As authors of the published packages write. */
const written: readonly [MetadataType, string][] = [
  [
    'object',
    `name: project_task
label: Project Task
pluralLabel: Project Tasks
icon: check
titleFormat: '{subject}'
compactLayout: [subject, status]
enable: { trackHistory: true, searchable: true, apiEnabled: true, apiMethods: [get, list] }
fields:
  subject: { type: text, label: Subject, required: true, maxLength: 200, searchable: true }
  status: { type: select, options: [{ label: New, value: new, default: true }, { label: Done, value: done }] }
  budget: { type: currency, label: Budget, scale: 2, min: 0 }
  account: { type: lookup, label: Account, reference: account, deleteBehavior: restrict }
  project: { type: master_detail, label: Project, reference: project }
validations:
  - { name: budget_positive, type: script, condition: budget < 0, message: The budget is negative }
`,
  ],
  [
    'view',
    `list: { type: grid, columns: [subject, status], sort: subject desc }
form: { type: simple, sections: [{ label: Main, columns: '2', fields: [subject, status] }] }
`,
  ],
  [
    'flow',
    `name: on_new_task
label: On a new task
type: record_change
status: active
nodes:
  - { id: start, type: start, label: Start, config: { objectName: task, triggerType: on_create } }
  - { id: mark, type: update_record, label: Mark, config: { objectName: task, filter: { status: done }, fields: { status: new } } }
  - { id: end, type: end, label: End }
edges:
  - { id: e1, source: start, target: mark }
  - { id: e2, source: mark, target: end }
`,
  ],
  [
    'workflow_rule',
    `name: tell_owner
objectName: project_task
triggerType: on_update
criteria: status = "done"
actions:
  - { name: mark, type: field_update, field: status, value: done }
`,
  ],
  [
    'validation',
    `type: state_machine
name: forward_only
message: Only forward
field: status
transitions: { new: [done], done: [] }
`,
  ],
];

test.each(written)('a published %s is one of ours', (type, text) => {
  const document = parse(text) as object;
  const { published } = shared[type] ?? {};
  expect(published?.safeParse(document).error).toBeUndefined();
  const context = type === 'view' ? { name: 'project_task', object: 'project_task' } : {};
  const file = type === 'validation' ? { object: 'project_task' } : {};
  const { value } = normalizeLegacy(type, { ...context, ...document, ...file });
  expect(formats[type].schema.safeParse(value).error).toBeUndefined();
});

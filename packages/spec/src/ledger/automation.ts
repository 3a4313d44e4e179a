import { experimental, under, type LedgerEntry } from './entries.js';

const automation = '@objectos/automation';

const action = [
  'name',
  'type',
  'continueOnError',
  // field_update
  'field',
  'value',
  // email_alert
  'template',
  'recipients',
  // http_call
  'url',
  'method',
  'headers',
  'body',
  'timeoutMs',
  // connector_action
  'connectorId',
  'actionId',
  'input',
  // task_creation
  'taskObject',
  'subject',
  'description',
  'assignedTo',
  'dueDate',
  'priority',
  'relatedTo',
  'additionalFields',
  // push_notification
  'title',
  'data',
  'badge',
  'sound',
  'clickAction',
  // custom_script
  'language',
  'code',
  'timeout',
  'context',
];
const actions = (key: string): string[] =>
  under(
    key,
    action.map((one) => `*.${one}`),
  );

const timeTrigger = [
  'id',
  'timeLength',
  'timeUnit',
  'offsetDirection',
  'offsetFrom',
  'dateField',
  'late',
  ...actions('actions'),
];

/** Consumers of the keys of workflow rules. */
export const workflowRuleLedger: readonly LedgerEntry[] = experimental(automation, [
  'name',
  'label',
  'description',
  'objectName',
  'triggerType',
  ...under('schedule', ['cron', 'timezone']),
  'criteria',
  'evaluate',
  ...actions('actions'),
  ...under(
    'timeTriggers',
    timeTrigger.map((key) => `*.${key}`),
  ),
  'active',
  'reevaluateOnChange',
  'executionOrder',
]);

const step = [
  'name',
  'label',
  'description',
  'entryCriteria',
  ...under('approvers', ['*.type', '*.value']),
  'behavior',
  'quorum',
  'rejectionBehavior',
  'emptyApprovers',
  'allowSelf',
  'requireComment',
  ...under('escalation', ['*.timeoutHours', '*.action', '*.escalateTo']),
  ...actions('onApprove'),
  ...actions('onReject'),
];

/** Consumers of the keys of approval processes. */
export const approvalLedger: readonly LedgerEntry[] = experimental('@objectos/workflow', [
  'name',
  'label',
  'description',
  'object',
  'active',
  'entryCriteria',
  'lockRecord',
  'maxRevisions',
  ...under(
    'steps',
    step.map((key) => `*.${key}`),
  ),
  ...actions('onSubmit'),
  ...actions('onFinalApprove'),
  ...actions('onFinalReject'),
  ...actions('onRecall'),
]);

/** Consumers of the keys of hooks. */
export const hookLedger: readonly LedgerEntry[] = experimental(automation, [
  'name',
  'label',
  'description',
  'object',
  'events',
  'handler',
  'priority',
  'onError',
]);

import { experimental, under, type LedgerEntry } from './entries.js';

const workflow = '@objectos/workflow';

const actions = (key: string): string[] => under(key, ['*.action', '*.with']);
const guards = under('guards', ['*.guard', '*.with']);
const transition = [
  'target',
  'label',
  ...guards,
  'roles',
  'users',
  'allow_self',
  'require',
  ...actions('actions'),
  'metadata',
];
const state = [
  'label',
  'initial',
  'final',
  ...guards,
  ...actions('on_enter'),
  ...actions('on_exit'),
  ...under(
    'transitions',
    transition.map((key) => `*.${key}`),
  ),
  ...under('timeout', ['after', 'event', 'to', ...actions('actions'), 'repeat', 'max']),
  'metadata',
];

/** Consumers of the keys of state machines. */
export const workflowLedger: readonly LedgerEntry[] = experimental(workflow, [
  'name',
  'label',
  'description',
  'object',
  'type',
  'version',
  'state_field',
  'strict',
  ...under(
    'states',
    state.map((key) => `*.${key}`),
  ),
  'metadata',
]);

const nodeConfig = [
  // start
  'objectName',
  'triggerType',
  'criteria',
  ...under('schedule', ['cron', 'timezone']),
  // decision
  'condition',
  ...under('conditions', ['*.label', '*.expression']),
  // loop
  'collection',
  'iteratorVariable',
  'concurrency',
  // create_record, update_record, delete_record, get_record
  'fields',
  'recordId',
  'filter',
  'expectRows',
  ...under('sort', ['*.field', '*.order']),
  'limit',
  'getAll',
  'notFound',
  'outputVariable',
  // http_request
  'url',
  'method',
  'headers',
  'body',
  'timeoutMs',
  // script
  'script',
  'inputs',
  'actionType',
  'template',
  'recipients',
  'variables',
  // wait
  'eventType',
  'duration',
  'until',
  'signalName',
  'timeout',
  'onTimeout',
  // subflow
  'flowName',
  'input',
  // connector_action
  'connectorId',
  'actionId',
];

/** Consumers of the keys of flows. */
export const flowLedger: readonly LedgerEntry[] = experimental(workflow, [
  'name',
  'label',
  'description',
  'version',
  'status',
  'type',
  ...under('variables', ['*.name', '*.type', '*.isInput', '*.isOutput', '*.defaultValue']),
  ...under('nodes', ['*.id', '*.type', '*.label', '*.position', '*.position.x', '*.position.y']),
  ...under('nodes.*.config', nodeConfig),
  ...under('edges', [
    '*.id',
    '*.source',
    '*.target',
    '*.condition',
    '*.type',
    '*.label',
    '*.isDefault',
  ]),
  'runAs',
  ...under('errorHandling', ['strategy', 'maxRetries', 'retryDelayMs', 'fallbackNodeId']),
]);

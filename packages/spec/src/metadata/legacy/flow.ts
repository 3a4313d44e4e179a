import {
  eachItem,
  get,
  mapping,
  nest,
  notice,
  placeOf,
  put,
  rename,
  renameAll,
  within,
  type Draft,
  move,
} from './draft.js';

const CONFIG_ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  start: { triggerCondition: 'criteria', object: 'objectName' },
  create_record: { object: 'objectName' },
  update_record: { object: 'objectName', filters: 'filter' },
  delete_record: { object: 'objectName', filters: 'filter' },
  get_record: { object: 'objectName', filters: 'filter' },
  wait: { timerDuration: 'duration' },
  subflow: { flow: 'flowName' },
};

/** A flow. */
export const rewriteFlow = mapping((draft) => {
  changeActive(draft);
  eachItem(draft, 'nodes', mapping(changeNode));
});

/** `active: true` is a status, unless there is one. */
function changeActive(draft: Draft): void {
  const entry = draft.entries.get('active');
  if (typeof entry?.value !== 'boolean' || draft.entries.has('status')) return;
  draft.entries.delete('active');
  put(draft, 'status', { value: entry.value ? 'active' : 'draft', written: entry.written });
  notice(draft, entry.written, '"active" is an old spelling of "status".');
}

function changeNode(draft: Draft): void {
  const type = get(draft, 'type');
  if (typeof type !== 'string') return;
  if (type === 'connector_action') rename(draft, 'connectorConfig', 'config');
  if (type === 'decision') nest(draft, 'condition', ['config', 'condition']);
  within(draft, 'config', (config) => {
    if (Object.hasOwn(CONFIG_ALIASES, type)) renameAll(config, CONFIG_ALIASES[type] ?? {});
    if (type === 'script' && get(config, 'actionType') === 'email')
      rename(config, 'inputs', 'variables');
    if (type === 'start') changeSchedule(config);
  });
}

/** `schedule: "0 8 * * *"` */
function changeSchedule(config: Draft): void {
  const schedule = get(config, 'schedule');
  if (typeof schedule !== 'string') return;
  const { now, written } = placeOf(config, 'schedule');
  put(config, 'schedule', { value: { cron: schedule }, written });
  move(config.journal, [...now, 'cron'], written);
}

import {
  eachItem,
  get,
  isMapping,
  listOfOne,
  mapping,
  notice,
  placeOf,
  put,
  rename,
  set,
  type Draft,
} from './draft.js';

const ACTION_ALIASES: Readonly<Record<string, string>> = {
  webhook: 'http_call',
  script: 'custom_script',
};

/** A workflow rule. */
export const rewriteWorkflowRule = mapping((draft) => {
  rename(draft, 'object', 'objectName');
});

const APPROVAL_MOMENTS = ['onSubmit', 'onFinalApprove', 'onFinalReject', 'onRecall'];

/** An approval process: its actions held their settings under `config`. */
export const rewriteApproval = mapping((draft) => {
  rename(draft, 'objectName', 'object');
  for (const moment of APPROVAL_MOMENTS) eachItem(draft, moment, mapping(changeAction));
  eachItem(
    draft,
    'steps',
    mapping((step) => {
      listOfOne(step, 'escalation');
      for (const moment of ['onApprove', 'onReject']) eachItem(step, moment, mapping(changeAction));
    }),
  );
});

function changeAction(draft: Draft): void {
  const type = get(draft, 'type');
  if (typeof type === 'string' && Object.hasOwn(ACTION_ALIASES, type)) {
    const to = ACTION_ALIASES[type];
    notice(
      draft,
      placeOf(draft, 'type').written,
      `The action "${type}" is an old spelling of "${String(to)}".`,
    );
    set(draft, 'type', to);
  }
  const config = draft.entries.get('config');
  if (config === undefined || !isMapping(config.value)) return;
  if (Object.keys(config.value).some((key) => draft.entries.has(key))) return;
  draft.entries.delete('config');
  for (const [key, value] of Object.entries(config.value)) {
    put(draft, key, { value, written: [...config.written, key] });
  }
}

/** A hook: `before_insert`, `beforeCreate`, and one event without a list. */
export const rewriteHook = mapping((draft) => {
  listOfOne(draft, 'events');
  eachItem(draft, 'events', (event, place, journal) => {
    if (typeof event !== 'string') return event;
    const camel = event.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const name = camel.replace(/Create$/, 'Insert');
    if (name !== event) {
      journal.notices.push({
        path: place.written,
        message: `"${event}" is an old spelling of "${name}".`,
      });
    }
    return name;
  });
});

import {
  eachItem,
  eachValue,
  get,
  isMapping,
  listOfOne,
  mapping,
  notice,
  placeOf,
  put,
  rename,
  renameAll,
  set,
  type Draft,
  move,
} from './draft.js';

const STATE_ALIASES = {
  onEnter: 'on_enter',
  onExit: 'on_exit',
  entry: 'on_enter',
  exit: 'on_exit',
} as const;

/** A state machine. */
export const rewriteWorkflow = mapping((draft) => {
  rename(draft, 'stateField', 'state_field');
  changeInitial(draft);
  eachValue(draft, 'states', mapping(changeState));
});

/** `initial: draft` beside the states. */
function changeInitial(draft: Draft): void {
  const key = draft.entries.has('initial') ? 'initial' : 'initialState';
  const entry = draft.entries.get(key);
  const states = get(draft, 'states');
  if (typeof entry?.value !== 'string' || !isMapping(states)) return;
  const name = entry.value;
  const state = Object.hasOwn(states, name) ? states[name] : undefined;
  if (state !== null && state !== undefined && !isMapping(state)) return;
  if (!Object.hasOwn(states, name)) return;
  draft.entries.delete(key);
  set(draft, 'states', { ...states, [name]: { ...state, initial: true } });
  move(draft.journal, [...placeOf(draft, 'states').now, name, 'initial'], entry.written);
  notice(
    draft,
    entry.written,
    `"${key}: ${name}" is an old form of "initial: true" in that state.`,
  );
}

function changeState(draft: Draft): void {
  renameAll(draft, STATE_ALIASES);
  for (const key of ['on_enter', 'on_exit']) {
    listOfOne(draft, key);
    eachItem(draft, key, mapping(changeAction));
  }
  listOfOne(draft, 'guards');
  eachItem(draft, 'guards', mapping(changeGuard));
  eachValue(draft, 'transitions', mapping(changeTransition));
}

function changeTransition(draft: Draft): void {
  rename(draft, 'to', 'target');
  rename(draft, 'allowSelf', 'allow_self');
  rename(draft, 'cond', 'guards');
  listOfOne(draft, 'guards');
  listOfOne(draft, 'actions');
  eachItem(draft, 'guards', mapping(changeGuard));
  eachItem(draft, 'actions', mapping(changeAction));
}

/** `{ type: name, params: {} }` */
function changeAction(draft: Draft): void {
  renameTyped(draft, 'action');
}

function changeGuard(draft: Draft): void {
  renameTyped(draft, 'guard');
}

function renameTyped(draft: Draft, to: 'action' | 'guard'): void {
  const type = draft.entries.get('type');
  if (type === undefined || draft.entries.has(to)) return;
  draft.entries.delete('type');
  put(draft, to, type);
  rename(draft, 'params', 'with');
}

import { mapping, notice, put, renameAll } from './draft.js';

/** A role. */
export const rewriteRole = mapping((draft) => {
  renameAll(draft, { parentRole: 'parent', parent_role: 'parent' });
});

/** A sharing rule: its type can be told from what it has. */
export const rewriteSharingRule = mapping((draft) => {
  if (draft.entries.has('type')) return;
  const key = draft.entries.has('condition') ? 'condition' : 'ownedBy';
  const entry = draft.entries.get(key);
  if (entry === undefined) return;
  const type = key === 'condition' ? 'criteria' : 'owner';
  put(draft, 'type', { value: type, written: entry.written });
  notice(draft, entry.written, `A sharing rule with "${key}" and no type is of type "${type}".`);
});

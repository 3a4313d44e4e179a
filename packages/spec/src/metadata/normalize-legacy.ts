import { rewriteApproval, rewriteHook, rewriteWorkflowRule } from './legacy/automation.js';
import {
  camelise,
  mapping,
  sourcePath,
  type Journal,
  type KeyPath,
  type LegacyNotice,
  type Rewrite,
} from './legacy/draft.js';
import { rewriteFlow } from './legacy/flow.js';
import { rewriteObject } from './legacy/object.js';
import { rewriteTranslation, rewriteView } from './legacy/pages.js';
import { rewriteRole, rewriteSharingRule } from './legacy/security.js';
import { rewriteValidation } from './legacy/validation.js';
import { rewriteWorkflow } from './legacy/workflow.js';
import type { MetadataType } from './types.js';

export type { KeyPath, LegacyNotice } from './legacy/draft.js';

/** A definition in today's spelling, and how it relates to what was written. */
export interface NormalizedMetadata {
  readonly value: unknown;
  /** The old spellings that were understood; paths are those of the written document. */
  readonly notices: readonly LegacyNotice[];
  /** Turns a path into `value` into the path where that was written. */
  readonly sourcePath: (path: KeyPath) => KeyPath;
}

const rewrites: Partial<Readonly<Record<MetadataType, Rewrite>>> = {
  object: rewriteObject,
  validation: rewriteValidation,
  role: rewriteRole,
  sharing_rule: rewriteSharingRule,
  hook: rewriteHook,
  view: rewriteView,
  workflow: rewriteWorkflow,
  flow: rewriteFlow,
  approval: rewriteApproval,
  workflow_rule: rewriteWorkflowRule,
  translation: rewriteTranslation,
  seed: mapping((draft) => camelise(draft, new Set(['externalId']))),
};

/**
 * Turns the spellings of older formats (`reference_to`, `help_text`, options as plain texts,
 * indexes as a mapping, …) into today's. It never refuses and never changes its input; what it does
 * not understand stays as it is, for the schema to judge.
 *
 * @example
 * normalizeLegacy('object', { name: 'task', fields: { account: { type: 'lookup', reference_to: 'account' } } })
 * // value.fields.account is { type: 'lookup', reference: 'account' }
 */
export function normalizeLegacy(type: MetadataType, raw: unknown): NormalizedMetadata {
  const journal: Journal = { notices: [], moves: new Map() };
  const rewrite = rewrites[type];
  const value = rewrite === undefined ? raw : rewrite(raw, { now: [], written: [] }, journal);
  return {
    value,
    notices: journal.notices,
    sourcePath: (path) => sourcePath(journal, path),
  };
}

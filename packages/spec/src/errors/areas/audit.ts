import { entry } from '../define.js';

/** Errors of the audit log. */
export const auditErrors = {
  audit_event_invalid: entry<{ kind: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The audit event "${p.kind}" is not valid: ${p.reason}.`,
    hint: () => 'Its kind is "area.verb"; its detail is JSON of at most 16 KiB.',
  }),
  audit_revision_unknown: entry<{ object: string; id: string; revision: number }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no revision ${p.revision} of "${p.object}" "${p.id}".`,
    hint: () =>
      'See the history of the record; revisions older than its first change are not kept.',
  }),
};

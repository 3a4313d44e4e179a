import { entry } from '../define.js';

/** Errors of the access policy. */
export const accessErrors = {
  access_unavailable: entry<{ reason: string }>({
    category: 'server',
    status: 503,
    retryable: true,
    message: (p) => `Who may do what can't be told at the moment: ${p.reason}.`,
    hint: () => 'Try again. Until the permissions answer, nothing is shown and nothing is changed.',
  }),
  row_check_failed: entry<{ object: string; operation: string }>({
    category: 'authorization',
    status: 403,
    message: (p) =>
      `You may not ${p.operation} "${p.object}" like this: a policy does not allow the record as it would be afterwards.`,
    hint: () => 'Nothing was written. Choose other values, or ask an administrator.',
  }),
  decision_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no decision "${p.id}".`,
    hint: () => 'Each node keeps its newest decisions; ask the node that refused, or explain anew.',
  }),
};

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
  quota_exceeded: entry<{ quota: string; limit: number; used: number }>({
    category: 'authorization',
    status: 403,
    message: (p) => `The organization's quota "${p.quota}" is used up: ${p.used} of ${p.limit}.`,
    hint: () =>
      'Nothing was written. Remove what is not needed any more, or ask for a higher limit.',
  }),
  daily_quota_exceeded: entry<{ quota: string; limit: number; used: number; seconds: number }>({
    category: 'rate_limit',
    status: 429,
    retryable: true,
    message: (p) =>
      `The organization's quota "${p.quota}" of this day is used up: ${p.used} of ${p.limit}.`,
    hint: (p) => `The next day (UTC) begins in ${p.seconds} seconds. Or ask for a higher limit.`,
  }),
  quota_invalid: entry<{ quota: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The quota "${p.quota}" can't be set: ${p.reason}.`,
    hint: () =>
      'Give a whole number from 0, "unlimited", or null for the limit of the configuration.',
  }),
  elevation_refused: entry<{ organization: string; reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `You may not act in the organization "${p.organization}": ${p.reason}.`,
    hint: () =>
      'It takes a session outside of any organization, the system permission "elevate_tenant", and the headers X-Elevate-Organization and X-Elevate-Reason.',
  }),
};

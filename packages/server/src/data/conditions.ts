import type { RecordData, WriteOptions } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyRequest } from 'fastify';
import { recordText } from './envelope.js';
import type { WriteAnswer } from './perform-write.js';
import { expectedRevisions, recordTag, refuseIfNoneMatch } from './preconditions.js';
import { readPreferences } from './preferences.js';

/** The revisions at which a write may go through; refuses the conditions that only reads have. */
export function conditionOf({ headers }: FastifyRequest): readonly number[] | undefined {
  refuseIfNoneMatch(headers['if-none-match']);
  return expectedRevisions(headers['if-match']);
}

/**
 * What a change stands on. `If-Match` refuses a stale change; with `Prefer: merge` it names the
 * revision to merge from. A whole record says its revision itself, as it was read: without
 * `If-Match`, that is its base.
 *
 * @throws `header_invalid`
 */
export function basis(
  request: FastifyRequest,
  wholeRecord: RecordData,
): Pick<WriteOptions, 'ifRevision' | 'mergeFrom'> {
  const revisions = conditionOf(request);
  if (readPreferences(request.headers.prefer).merge) {
    const [base] = revisions ?? [];
    if (base !== undefined && revisions?.length === 1) return { mergeFrom: base };
    throw createError('header_invalid', {
      header: 'Prefer',
      reason: '"merge" needs If-Match with the one ETag that the change was made on',
    });
  }
  if (revisions !== undefined) return { ifRevision: revisions };
  const { revision } = wholeRecord;
  return Number.isSafeInteger(revision) ? { mergeFrom: revision as number } : {};
}

/** A record as the answer to a write, with its new tag. */
export function recordAnswer(status: number, object: string, record: RecordData): WriteAnswer {
  return { status, text: recordText(object, record), etag: recordTag(record) };
}

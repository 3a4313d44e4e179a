import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

const STRONG = /^"(\d{1,15})"$/;

/** The entity tag of a record: its revision. Nothing when the answer leaves the revision out. */
export function recordTag(record: RecordData): string | undefined {
  const { revision } = record;
  return typeof revision === 'number' ? `"${revision}"` : undefined;
}

/**
 * The revision that a write expects. `*` asks only that the record exists, which every write does.
 *
 * @throws `header_invalid` for anything but one strong tag: a write must not go through because its
 * condition was not understood
 */
export function expectedRevision(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const match = STRONG.exec(ifMatch.trim());
  if (match?.[1] !== undefined) return Number(match[1]);
  throw createError('header_invalid', {
    header: 'If-Match',
    reason: 'it is the ETag of one record, like "3" in quotes',
  });
}

/** True when the client's copy, as `If-None-Match` names it, is the current one. */
export function isCurrent(ifNoneMatch: string | undefined, tag: string | undefined): boolean {
  if (ifNoneMatch === undefined || tag === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}

import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const REVISION = /^\d{1,15}$/;

/** The entity tag of a record: its revision. Nothing when the answer leaves the revision out. */
export function recordTag(record: RecordData): string | undefined {
  const { revision } = record;
  return typeof revision === 'number' ? `"${revision}"` : undefined;
}

/**
 * The revisions that a write expects, as `If-Match` lists them. `*` asks only that the record exists,
 * which every write does. A weak tag matches nothing (RFC 9110, 13.1.1), and neither does a tag that
 * is not of ours: the list is then shorter, or empty.
 *
 * @throws `header_invalid`: a write must not go through because its condition was not understood
 */
export function expectedRevisions(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return tagsOf('If-Match', ifMatch).flatMap(({ weak, value }) =>
    !weak && REVISION.test(value) ? [Number(value)] : [],
  );
}

/** True when the client's copy, as `If-None-Match` names it, is the current one. */
export function isCurrent(ifNoneMatch: string | undefined, tag: string | undefined): boolean {
  if (ifNoneMatch === undefined || tag === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // Compression makes a weak tag of ours; for a cached copy both are as good.
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}

/** Refuses `If-None-Match` on a write, where it could only be misunderstood. @throws `header_invalid` */
export function refuseIfNoneMatch(ifNoneMatch: string | undefined): void {
  if (ifNoneMatch === undefined) return;
  throw createError('header_invalid', {
    header: 'If-None-Match',
    reason: 'it belongs to GET; a write takes If-Match',
  });
}

interface Tag {
  readonly weak: boolean;
  readonly value: string;
}

/** Tags of ours hold no comma, so a list may be split at it. */
function tagsOf(header: string, text: string): Tag[] {
  return text.split(',').map((part) => {
    const match = TAG.exec(part.trim());
    if (match !== null) return { weak: match[1] !== undefined, value: match[2] ?? '' };
    throw createError('header_invalid', {
      header,
      reason: 'it is "*" or a list of ETags, like "3" in quotes',
    });
  });
}

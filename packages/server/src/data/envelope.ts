import type { FindResult, RecordData } from '@objectos/spec/contracts';

/*
 * The one shape that all published clients accept (protocol 6.3). Written by hand around
 * JSON.stringify so that records, the bulk of it, become text once. Object names come from metadata
 * and hold no character that JSON escapes.
 */

/** A page. `value` and `count` repeat `records` and `total`: ObjectUI reads those names only. */
export function listText(object: string, result: FindResult): string {
  const { total, totalIs, next, previous, highlights, distances, hasMore } = result;
  const records = JSON.stringify(result.records);
  let text = `{"success":true,"data":{"object":"${object}","records":${records},"value":${records}`;
  if (total !== undefined) text += `,"total":${total},"count":${total}`;
  if (totalIs !== undefined) text += `,"totalIs":"${totalIs}"`;
  if (next !== undefined) text += `,"next":"${next}"`;
  if (previous !== undefined) text += `,"previous":"${previous}"`;
  if (highlights !== undefined) text += `,"highlights":${JSON.stringify(highlights)}`;
  if (distances !== undefined) text += `,"distances":${JSON.stringify(distances)}`;
  return `${text},"hasMore":${hasMore}}}`;
}

/** One record, as read or as it is after a write. */
export function recordText(object: string, record: RecordData): string {
  return `{"success":true,"data":{"object":"${object}","id":${JSON.stringify(record['id'])},"record":${JSON.stringify(record)}}}`;
}

/** A finished delete; older clients read `deleted`, newer ones `success`. */
export function deletedText(object: string, id: string): string {
  return `{"success":true,"data":{"object":"${object}","id":${JSON.stringify(id)},"deleted":true,"success":true}}`;
}

/** Anything else. */
export function dataText(data: unknown): string {
  return `{"success":true,"data":${JSON.stringify(data)}}`;
}

import type { AuditEntry } from '@objectos/spec/contracts';
import type { Row } from '@objectql/core/driver';
import { createHash } from 'node:crypto';

/** What happened, before it has a place in a chain: an entry without what the place gives it. */
export interface Fact extends Omit<AuditEntry, 'sequence' | 'erased' | 'hash'> {
  /** The row of the change log that it tells of. */
  readonly changeSeq: number | null;
}

/** The chain of a tenant; that of the platform is named by the empty text. */
export function chainOf(tenantId: string | null): string {
  return tenantId ?? '';
}

/** What the chain of hashes starts with. */
export const GENESIS = '0'.repeat(64);

/** The row of a fact at its place. */
export function toRow(
  fact: Fact,
  place: { readonly sequence: number; readonly previous: string },
): Row {
  const { before, after, detail, origin } = fact;
  const content = JSON.stringify({ before, after, detail, origin });
  const row = {
    id: `${chainOf(fact.tenantId)}:${String(place.sequence).padStart(12, '0')}`,
    chain: chainOf(fact.tenantId),
    sequence: place.sequence,
    at: fact.at,
    kind: fact.kind,
    actor: fact.actor,
    impersonated_by: fact.impersonatedBy,
    object: fact.object,
    record_id: fact.recordId,
    revision: fact.revision,
    changed: fact.changed,
    content,
    content_hash: sha256(content),
    request_id: fact.requestId,
    change_seq: fact.changeSeq,
    erased: false,
  };
  return { ...row, hash: hashOf(row, place.previous) };
}

/**
 * The hash of an entry: over the one before, everything that is always kept, and the hash of the
 * content. So content can be erased, and everything else still be checked.
 */
export function hashOf(row: Row, previous: string): string {
  const kept = [
    'chain',
    'sequence',
    'at',
    'kind',
    'actor',
    'impersonated_by',
    'object',
    'record_id',
    'revision',
    'changed',
    'content_hash',
    'request_id',
    'change_seq',
  ].map((name) => row[name] ?? null);
  return sha256(JSON.stringify([previous, ...kept]));
}

/** SHA-256 of text, as hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What people and programs are shown of an entry. */
export function toEntry(row: Row): AuditEntry {
  const content = readContent(row['content']);
  return {
    sequence: row['sequence'] as number,
    at: row['at'] as string,
    kind: row['kind'] as string,
    tenantId: row['chain'] === '' ? null : (row['chain'] as string),
    actor: row['actor'] as string,
    impersonatedBy: row['impersonated_by'] as string | null,
    object: row['object'] as string | null,
    recordId: row['record_id'] as string | null,
    revision: row['revision'] as number | null,
    changed: (row['changed'] ?? []) as string[],
    ...content,
    requestId: row['request_id'] as string,
    erased: row['erased'] === true,
    hash: row['hash'] as string,
  };
}

type Content = Pick<AuditEntry, 'before' | 'after' | 'detail' | 'origin'>;

function readContent(text: unknown): Content {
  if (typeof text !== 'string') return { before: null, after: null, detail: null, origin: null };
  return JSON.parse(text) as Content;
}

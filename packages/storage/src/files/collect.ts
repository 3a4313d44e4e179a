import {
  systemContext,
  type CollectedFiles,
  type DataEngine,
  type ExecutionContext,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { FilesConfig } from '../config.js';
import type { FileStore, StoredContent } from './file-store.js';
import type { OwnedFilesService } from './files-service.js';
import type { FileLink, FileLinks } from './links.js';
import { FILE_OBJECT } from './rows.js';
import type { Uploads } from './uploads/uploads.js';
import { fileIds } from './values.js';

/** What a collection needs. */
export interface CollectParts {
  readonly engine: DataEngine;
  readonly files: OwnedFilesService;
  readonly links: FileLinks;
  readonly store: FileStore;
  readonly uploads: Pick<Uploads, 'liveIds'>;
  readonly config: FilesConfig;
  readonly now: () => number;
}

const PAGE = 200;
/** A content is written before its file is noted; younger ones are left alone. */
const CONTENT_GRACE_MS = 3_600_000;

/**
 * Removes what belongs to nothing: places of records that are gone for good, files that no record had
 * for `orphanAfter`, contents without a file (a process died between both), chunks of dead uploads.
 * May run on several nodes at once, and may be stopped anywhere.
 */
export async function collectFiles(
  parts: CollectParts,
  signal?: AbortSignal,
): Promise<CollectedFiles> {
  const ctx = systemContext('storage');
  const stopped = () => signal?.aborted === true;
  const links = await collectLinks(parts, ctx, stopped);
  const orphans = await collectOrphans(parts, ctx, stopped);
  const contents = await collectContents(parts, ctx, stopped);
  return { links, orphans, contents };
}

type Stopped = () => boolean;

async function collectLinks(
  { engine, links }: CollectParts,
  ctx: ExecutionContext,
  stopped: Stopped,
): Promise<number> {
  let removed = 0;
  let after: string | undefined;
  do {
    const page = await links.page(after, PAGE);
    after = page.length === PAGE ? page.at(-1)?.id : undefined;
    const dead: FileLink[] = [];
    const owners = await ownersOf(engine, page, ctx);
    for (const link of page) {
      if (await isDead(engine, link, { ctx, owner: owners.get(link.fileId) })) dead.push(link);
    }
    if (dead.length > 0) await links.remove(dead, ctx);
    removed += dead.length;
  } while (after !== undefined && !stopped());
  return removed;
}

/** An object or field that the metadata lost may come back with it; only a lost record counts. */
async function isDead(
  engine: DataEngine,
  link: FileLink,
  { ctx, owner }: { readonly ctx: ExecutionContext; readonly owner: string | null | undefined },
): Promise<boolean> {
  const { object, recordId, field, fileId } = link;
  try {
    const record = await engine.get(object, recordId, ctx, { fields: [field], deleted: 'include' });
    return !fileIds(record, field).has(fileId);
  } catch (error) {
    if (isObjectOSError(error, 'record_not_found')) return true;
    // Organizations have schemas: the record is one of the organization that the file belongs to.
    if (isObjectOSError(error, 'tenant_required')) {
      if (owner === undefined) return true;
      const place = owner === null ? { installation: true } : { tenantId: owner };
      return isDead(engine, link, { ctx: systemContext('storage', place), owner: undefined });
    }
    if (isObjectOSError(error, 'object_not_found') || isObjectOSError(error, 'unknown_field')) {
      return false;
    }
    throw error;
  }
}

/** Whose the files are; a link to a file that is gone has no owner. */
async function ownersOf(
  engine: DataEngine,
  links: readonly FileLink[],
  ctx: ExecutionContext,
): Promise<ReadonlyMap<string, string | null>> {
  const value = [...new Set(links.map(({ fileId }) => fileId))];
  const where = { op: 'in', field: 'id', value } as const;
  const fields = ['id', 'organization_id'];
  const query = { fields, where, limit: PAGE, deleted: 'include' } as const;
  const { records } = await engine.find(FILE_OBJECT, query, ctx);
  return new Map(
    records.map((file) => [file['id'] as string, file['organization_id'] as string | null]),
  );
}

async function collectOrphans(
  { engine, files, links, config, now }: CollectParts,
  ctx: ExecutionContext,
  stopped: Stopped,
): Promise<number> {
  const before = new Date(now() - config.orphanAfter).toISOString();
  let removed = 0;
  let after = '';
  for (;;) {
    const { records } = await engine.find(
      FILE_OBJECT,
      {
        fields: ['id'],
        where: {
          op: 'and',
          args: [
            { op: 'gt', field: 'id', value: after },
            { op: 'lte', field: 'created_at', value: before },
            {
              op: 'or',
              args: [
                { op: 'eq', field: 'detached_at', value: null },
                { op: 'lte', field: 'detached_at', value: before },
              ],
            },
          ],
        },
        orderBy: [{ field: 'id', direction: 'asc' }],
        limit: PAGE,
      },
      ctx,
    );
    const ids = records.map((record) => record['id'] as string);
    const attached = await links.attached(ids, ctx);
    for (const id of ids) {
      if (!attached.has(id) && (await files.discard(id, ctx))) removed += 1;
    }
    const last = ids.at(-1);
    if (ids.length < PAGE || last === undefined || stopped()) return removed;
    after = last;
  }
}

async function collectContents(
  { engine, store, uploads, now }: CollectParts,
  ctx: ExecutionContext,
  stopped: Stopped,
): Promise<number> {
  const isOld = ({ modifiedAt }: StoredContent) => modifiedAt < now() - CONTENT_GRACE_MS;
  let removed = 0;
  const live = await uploads.liveIds();
  for await (const content of store.list('parts/')) {
    if (stopped()) return removed;
    const upload = content.key.split('/')[1] ?? '';
    if (!live.has(upload) && isOld(content) && (await store.delete(content.key))) removed += 1;
  }
  let batch: string[] = [];
  const removeUnknown = async (): Promise<void> => {
    const known = await knownFiles(engine, batch.map(idOf), ctx);
    for (const key of batch) {
      if (!known.has(idOf(key)) && (await store.delete(key))) removed += 1;
    }
    batch = [];
  };
  for (const kind of ['files/', 'thumbs/']) {
    for await (const content of store.list(kind)) {
      if (stopped()) return removed;
      if (isOld(content)) batch.push(content.key);
      if (batch.length === PAGE) await removeUnknown();
    }
  }
  if (batch.length > 0) await removeUnknown();
  return removed;
}

async function knownFiles(
  engine: DataEngine,
  ids: readonly string[],
  ctx: ExecutionContext,
): Promise<ReadonlySet<string>> {
  const where = { op: 'in', field: 'id', value: ids } as const;
  const { records } = await engine.find(FILE_OBJECT, { fields: ['id'], where, limit: PAGE }, ctx);
  return new Set(records.map((record) => record['id'] as string));
}

/** The id of the file that a content or a thumbnail belongs to. */
function idOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).split('.', 1)[0] ?? '';
}

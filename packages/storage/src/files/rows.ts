import type {
  DataEngine,
  ExecutionContext,
  RecordData,
  StoredFile,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';

/** The object that files are records of. */
export const FILE_OBJECT = 'stored_file';

/** The name under which files are written; the change log shows it beside the request. */
const SYSTEM = 'storage';

/** A context in which the plugin itself acts, in the tenant and the transaction of the caller. */
export function asSystem(ctx: ExecutionContext): ExecutionContext {
  const { tenantId } = ctx.principal;
  return { ...ctx, principal: { kind: 'system', id: SYSTEM, tenantId } };
}

/** Who acts, as `uploaded_by` keeps it. */
export function actorOf({ principal }: ExecutionContext): string {
  return principal.kind === 'system' ? `system:${principal.id}` : principal.id;
}

/**
 * A file of the caller's tenant. The tenant is compared here too: a system context of no tenant sees
 * all of them, and a user of no tenant must not.
 */
export async function findFile(
  engine: DataEngine,
  id: string,
  ctx: ExecutionContext,
): Promise<StoredFile | undefined> {
  const record = await engine.get(FILE_OBJECT, id, asSystem(ctx)).catch(absent);
  if (record === undefined) return undefined;
  const file = toFile(record);
  const { kind, tenantId } = ctx.principal;
  const seesAll = kind === 'system' && tenantId === null;
  return seesAll || file.tenantId === tenantId ? file : undefined;
}

/** Inserts a file under the id that its content has. */
export async function insertFile(
  engine: DataEngine,
  file: Omit<StoredFile, 'tenantId' | 'createdAt'>,
  ctx: ExecutionContext,
): Promise<StoredFile> {
  const { id, name, size, contentType, checksum, status, uploadedBy } = file;
  const data = {
    id,
    name,
    size,
    content_type: contentType,
    checksum,
    status,
    uploaded_by: uploadedBy,
  };
  return toFile(await engine.insert(FILE_OBJECT, data, asSystem(ctx), { acceptId: true }));
}

/** Puts a file into quarantine, or out of it. */
export async function setStatus(
  engine: DataEngine,
  id: string,
  status: StoredFile['status'],
  { reason, ctx }: { readonly reason?: string | undefined; readonly ctx: ExecutionContext },
): Promise<StoredFile> {
  const data = { status, quarantine_reason: reason?.slice(0, 255) ?? null };
  return toFile(await engine.update(FILE_OBJECT, id, data, asSystem(ctx)));
}

/** Notes that a record let a file go: from now on it is kept for a while. */
export async function noteDetached(
  engine: DataEngine,
  id: string,
  ctx: ExecutionContext,
): Promise<void> {
  const data = { detached_at: new Date().toISOString() };
  // A record may still name a file that is gone.
  await engine.update(FILE_OBJECT, id, data, asSystem(ctx)).catch(absent);
}

/** A record of {@link FILE_OBJECT} as a file. */
export function toFile(record: RecordData): StoredFile {
  return {
    id: record['id'] as string,
    name: record['name'] as string,
    size: record['size'] as number,
    contentType: record['content_type'] as string,
    checksum: record['checksum'] as string,
    status: record['status'] as StoredFile['status'],
    uploadedBy: record['uploaded_by'] as string,
    tenantId: (record['organization_id'] ?? null) as string | null,
    createdAt: record['created_at'] as string,
  };
}

/** The refusal of a file that does not exist, or may as well not. */
export function fileNotFound(id: string): Error {
  return createError('file_not_found', { id: id.slice(0, 100) });
}

/** Key of a file's content. */
export function contentKey(id: string): string {
  return `files/${id.slice(-2)}/${id}`;
}

/** Key of a thumbnail; without a variant, how the keys of all thumbnails of a file begin. */
export function thumbnailKey(id: string, variant = ''): string {
  return `thumbs/${id.slice(-2)}/${id}.${variant}`;
}

/** For an id that nobody gave out, or none at all. */
function absent(error: unknown): undefined {
  if (isObjectOSError(error, 'record_not_found')) return undefined;
  throw error;
}

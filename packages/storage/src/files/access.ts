import {
  accessPolicyService,
  type AccessOperation,
  type DataEngine,
  type ExecutionContext,
  type PluginContext,
  type StoredFile,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { FileLink, FileLinks } from './links.js';
import { actorOf, FILE_OBJECT, fileNotFound, findFile } from './rows.js';
import { fileIds } from './values.js';

/** The system permission for quarantines. */
export const MANAGE_FILES = 'manage_files';

/** So many places are asked for whether one of them may be read. */
const MAX_PLACES = 100;
/** Refusals that mean: not for this principal. Anything else is a failure. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 404]);

/** Decides who sees which file. */
export interface FileAccess {
  /** The file, if this principal may see it. @throws `file_not_found` */
  require(id: string, ctx: ExecutionContext): Promise<StoredFile>;
  /** Whether this principal may give the file to a record. */
  mayUse(file: StoredFile, ctx: ExecutionContext): Promise<boolean>;
  /** @throws `permission_denied` */
  requireUpload(ctx: ExecutionContext): void;
  /** @throws `permission_denied` */
  requireManager(ctx: ExecutionContext): Promise<void>;
}

/** Makes the access to files. */
export function createFileAccess(
  plugin: Pick<PluginContext, 'service'>,
  engine: DataEngine,
  links: FileLinks,
): FileAccess {
  /** Who may read the field of the record may read its file, by the one plan to the data. */
  async function mayReadAt({ fileId, object, recordId, field }: FileLink, ctx: ExecutionContext) {
    try {
      const record = await engine.get(object, recordId, ctx, { fields: [field] });
      return fileIds(record, field).has(fileId);
    } catch (error) {
      if (isObjectOSError(error) && REFUSALS.has(error.status)) return false;
      throw error;
    }
  }

  async function maySee(file: StoredFile, ctx: ExecutionContext): Promise<boolean> {
    if (ctx.principal.kind === 'system') return true;
    const places = await links.of(file.id, ctx, MAX_PLACES);
    if (places.length === 0) return isOwn(file, ctx) && isUnrestricted(ctx, 'read');
    for (const place of places) if (await mayReadAt(place, ctx)) return true;
    return false;
  }

  return {
    async require(id, ctx) {
      const file = await findFile(engine, id, ctx);
      if (file === undefined || !(await maySee(file, ctx))) throw fileNotFound(id);
      return file;
    },
    mayUse: maySee,
    requireUpload(ctx) {
      if (isUnrestricted(ctx, 'create')) return;
      throw denied('upload', 'the API key does not allow it');
    },
    async requireManager(ctx) {
      if (ctx.principal.kind === 'system') return;
      const policy = plugin.service(accessPolicyService);
      await policy?.prepare?.(ctx.principal);
      if (policy?.permits?.(ctx.principal, MANAGE_FILES) === true) return;
      throw denied('manage', `it needs the system permission "${MANAGE_FILES}"`);
    },
  };
}

function isOwn(file: StoredFile, ctx: ExecutionContext): boolean {
  return file.uploadedBy === actorOf(ctx);
}

/** An API key may be narrower than its owner. */
function isUnrestricted({ principal }: ExecutionContext, operation: AccessOperation): boolean {
  if (principal.kind === 'system') return true;
  const { operations, objects } = principal.restriction ?? {};
  return operations?.has(operation) !== false && objects?.has(FILE_OBJECT) !== false;
}

function denied(operation: string, reason: string) {
  return createError('permission_denied', { object: FILE_OBJECT, operation, reason });
}

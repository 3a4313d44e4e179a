import type { ExecutionContext } from './context.js';
import { serviceRef } from './refs.js';

/** A stored file, as everybody who may see it sees it. */
export interface StoredFile {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Media type, without parameters. */
  readonly contentType: string;
  /** SHA-256 in hexadecimal. */
  readonly checksum: string;
  readonly status: 'scanning' | 'ready' | 'quarantined';
  /** Who sent it: a user's id, or `system:<name>`. */
  readonly uploadedBy: string;
  readonly tenantId: string | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A file to be stored. */
export interface FileUpload {
  /** Without a folder. */
  readonly name: string;
  /** As the sender declares it; checked against the first bytes. Absent: what they say. */
  readonly contentType?: string | undefined;
  /** Bytes, where the sender announced them; checked. */
  readonly size?: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What the hook `storage.file.received` is given. */
export interface ReceivedFile {
  readonly file: StoredFile;
  readonly ctx: ExecutionContext;
  /** Reads the content, from the start each time. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>;
  /** Keeps the file out of everybody's reach until somebody releases it. */
  readonly quarantine: (reason: string) => void;
}

/** What a collection of orphans removed. */
export interface CollectedFiles {
  /** Files that no record had for `orphanAfter`. */
  readonly orphans: number;
  /** Entries of records that are gone, or have another value by now. */
  readonly links: number;
  /** Contents and parts of uploads that belong to no file. */
  readonly contents: number;
}

/**
 * Files. What is the value of a record's field is seen by who may read that field of that record;
 * what no record has, by who uploaded it.
 */
export interface FilesService {
  readonly backend: 'local' | 's3';
  /**
   * Stores a file; it is there, whole and durable, when this resolves, or nothing is.
   *
   * @throws `file_name_invalid`, `file_too_large`, `file_size_mismatch`, `file_type_refused`,
   * `file_type_mismatch`, `permission_denied`, and what a hook on `storage.file.received` throws
   */
  upload(file: FileUpload, ctx: ExecutionContext): Promise<StoredFile>;
  /** @throws `file_not_found` when it does not exist or may not be seen, `file_quarantined` */
  get(id: string, ctx: ExecutionContext): Promise<StoredFile>;
  /** The content, or a part of it. @throws as {@link FilesService.get} */
  open(
    id: string,
    ctx: ExecutionContext,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: ReadableStream<Uint8Array> }>;
  /** Removes a file that no record has. @throws `file_in_use`, `file_not_found` */
  delete(id: string, ctx: ExecutionContext): Promise<void>;
  /** Keeps a file out of everybody's reach. For the system and those with `manage_files`. */
  quarantine(id: string, reason: string, ctx: ExecutionContext): Promise<StoredFile>;
  /** Ends a quarantine. For the system and those with `manage_files`. */
  release(id: string, ctx: ExecutionContext): Promise<StoredFile>;
}

/** Files. Provided by the storage plugin where there is a data engine. */
export const filesService = serviceRef<FilesService>('files');

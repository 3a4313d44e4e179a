import {
  defineJob,
  filesService,
  metadataFilesPoint,
  requireStrongSecret,
  routesPoint,
  storedBytesPoint,
  type DataEngine,
  type Disposer,
  type JobsService,
  type KeyValue,
  type KeyValueService,
  type PluginContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import {
  metadataChecksPoint,
  type Database,
  type MetadataSnapshotSource,
} from '@objectql/core/plugin';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { StorageConfig } from '../config.js';
import { createFileAccess } from './access.js';
import { collectFiles, type CollectParts } from './collect.js';
import { fileMetadata } from '../metadata.js';
import type { FileStore } from './file-store.js';
import { createFilesService } from './files-service.js';
import { parseFilesUrl } from './files-url.js';
import { createFileLinks, linkTable } from './links.js';
import { createLocalStore } from './local-store.js';
import { hookRecords, type RecordHookParts } from './record-hooks.js';
import { fileRoutes } from './routes/file-routes.js';
import { objectUploadRoutes } from './routes/object-upload.js';
import { uploadRoutes } from './routes/upload-routes.js';
import { FILE_OBJECT } from './rows.js';
import { createS3Store } from './s3-store.js';
import { createSigner, type Signer } from './signing.js';
import { createThumbnails } from './thumbnails/thumbnails.js';
import { createUploads } from './uploads/uploads.js';
import { fileFields } from './values.js';

/** What files need of the application: its engine and its database. */
export interface FilesHost {
  readonly engine: DataEngine;
  readonly database: Database;
  readonly metadata: MetadataSnapshotSource;
  readonly keyValue: KeyValueService;
  /** Collects orphans, where it is there. */
  readonly jobs: JobsService | undefined;
}

/** The files of an application, as the plugin runs them. */
export interface OpenedFiles {
  start(): Promise<void>;
  isUp(): Promise<boolean>;
}

/** Most bytes that S3 takes in one request. */
const MAX_S3_SIZE = 5 * 1024 ** 3;

/** Removes what belongs to nothing; may take long where there is much. */
const collectJob = defineJob('storage.collect', z.object({}), { timeout: 3_600_000 });

/** Where the key is that signs addresses, when none is configured. */
const OWNER = '@objectos/storage';
const SIGNING_KEY = 'files.signing-key';

/** Sets the files of an application up: their object, service, routes and hooks. */
export function openFiles(
  ctx: PluginContext<StorageConfig>,
  { engine, database, metadata, keyValue, jobs }: FilesHost,
): OpenedFiles {
  const config = ctx.config.files;
  const store = chooseStore(ctx.config);
  const links = createFileLinks(database);
  const access = createFileAccess(ctx, engine, links);
  const files = createFilesService({ plugin: ctx, engine, store, config, links, access });
  let signer: Signer | undefined;
  ctx.contribute(metadataFilesPoint, fileMetadata);
  ctx.contribute(storedBytesPoint, { object: FILE_OBJECT, field: 'size' });
  const snapshot = () => metadata.current();
  followObjects(ctx, { engine, access, links, snapshot });
  ctx.provide(filesService, files);
  const values = keyValue.open({ owner: OWNER });
  const now = Date.now;
  const uploads = createUploads({ files, access, store, values, config, now });
  const parts = {
    files,
    uploads,
    thumbnails: createThumbnails(store, config.thumbnails),
    signer: () => signer ?? notStarted(),
    urlTtl: config.urlTtl,
    now,
  };
  for (const route of [
    ...fileRoutes(parts),
    ...uploadRoutes(parts),
    ...objectUploadRoutes({ files, engine, snapshot }),
  ]) {
    ctx.contribute(routesPoint, route);
  }
  return {
    async start() {
      await database.ensureTables([linkTable]);
      await store.prepare();
      const secret = ctx.config.secret ?? (await signingKey(values));
      signer = createSigner(requireStrongSecret('secret of @objectos/storage', secret));
      await scheduleCollection(ctx, jobs, { engine, files, links, store, uploads, config, now });
    },
    isUp: () => store.isUp(),
  };
}

/** Has orphans collected once an hour, on one of all nodes. Without jobs nobody does; the log says so. */
async function scheduleCollection(
  ctx: PluginContext,
  jobs: JobsService | undefined,
  parts: CollectParts,
): Promise<void> {
  if (jobs === undefined) {
    ctx.logger.info(
      {},
      'no jobs are loaded: files that no record has stay until somebody deletes them',
    );
    return;
  }
  ctx.onDispose(
    jobs.handle(collectJob, async ({ signal }) => {
      const collected = await collectFiles(parts, signal);
      ctx.logger.info({ ...collected }, 'orphaned files were collected');
      return collected;
    }),
  );
  ctx.onDispose(
    await jobs.schedule({ name: collectJob.name, job: collectJob.name, cron: '17 * * * *' }),
  );
}

/** Requests may come in before everything is there. */
function notStarted(): never {
  throw createError('storage_unavailable', { backend: 'the file store' });
}

function chooseStore({ files, filesUrl, dataFolder }: StorageConfig): FileStore {
  const s3 = filesUrl === undefined ? files.s3 : parseFilesUrl(filesUrl);
  if (files.backend === 'local' && filesUrl === undefined) {
    return createLocalStore({ folder: files.folder ?? path.join(dataFolder, 'files') });
  }
  const refuse = (reason: string) =>
    createError('config_invalid', { source: '@objectos/storage', reason });
  if (s3 === undefined) throw refuse('files.backend "s3" needs files.s3');
  if (files.maxSize > MAX_S3_SIZE) {
    throw refuse(`files.maxSize is at most ${MAX_S3_SIZE} with files.backend "s3"`);
  }
  return createS3Store(s3);
}

/**
 * Hooks every object that has file fields, before its metadata is in force. A hook too many does
 * nothing: it looks the fields up when it runs.
 */
function followObjects(ctx: PluginContext, parts: RecordHookParts): void {
  const hooked = new Map<string, Disposer>();
  ctx.onDispose(() => {
    for (const dispose of hooked.values()) void dispose();
  });
  ctx.contribute(metadataChecksPoint, ({ objects }) => {
    for (const [name, meta] of objects) {
      if (hooked.has(name) || fileFields(meta).length === 0) continue;
      hooked.set(name, hookRecords(name, parts));
    }
    return [];
  });
}

/** The key of this installation, the same on all nodes: whoever is second takes the first one's. */
async function signingKey(own: KeyValue): Promise<string> {
  await own.compareAndSet(SIGNING_KEY, null, randomBytes(48).toString('base64'));
  return (await own.get<string>(SIGNING_KEY)) ?? '';
}

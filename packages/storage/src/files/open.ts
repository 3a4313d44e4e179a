import {
  filesService,
  metadataFilesPoint,
  routesPoint,
  type DataEngine,
  type Disposer,
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
import type { StorageConfig } from '../config.js';
import { createFileAccess } from './access.js';
import { fileMetadata } from '../metadata.js';
import type { FileStore } from './file-store.js';
import { createFilesService } from './files-service.js';
import { createFileLinks, linkTable } from './links.js';
import { createLocalStore } from './local-store.js';
import { hookRecords, type RecordHookParts } from './record-hooks.js';
import { fileRoutes } from './routes/file-routes.js';
import { objectUploadRoutes } from './routes/object-upload.js';
import { createSigner, type Signer } from './signing.js';
import { fileFields } from './values.js';

/** What files need of the application: its engine and its database. */
export interface FilesHost {
  readonly engine: DataEngine;
  readonly database: Database;
  readonly metadata: MetadataSnapshotSource;
  readonly keyValue: KeyValueService;
}

/** The files of an application, as the plugin runs them. */
export interface OpenedFiles {
  start(): Promise<void>;
  isUp(): Promise<boolean>;
}

/** Where the key is that signs addresses, when none is configured. */
const OWNER = '@objectos/storage';
const SIGNING_KEY = 'files.signing-key';

/** Sets the files of an application up: their object, service, routes and hooks. */
export function openFiles(
  ctx: PluginContext<StorageConfig>,
  { engine, database, metadata, keyValue }: FilesHost,
): OpenedFiles {
  const config = ctx.config.files;
  const store = chooseStore(ctx.config);
  const links = createFileLinks(database);
  const access = createFileAccess(ctx, engine, links);
  const files = createFilesService({ plugin: ctx, engine, store, config, links, access });
  let signer: Signer | undefined;
  ctx.contribute(metadataFilesPoint, fileMetadata);
  const snapshot = () => metadata.current();
  followObjects(ctx, { engine, access, links, snapshot });
  ctx.provide(filesService, files);
  const parts = {
    files,
    signer: () => signer ?? notStarted(),
    urlTtl: config.urlTtl,
    now: Date.now,
  };
  for (const route of [...fileRoutes(parts), ...objectUploadRoutes({ files, engine, snapshot })]) {
    ctx.contribute(routesPoint, route);
  }
  return {
    async start() {
      await database.ensureTables([linkTable]);
      await store.prepare();
      signer = createSigner(ctx.config.secret ?? (await signingKey(keyValue)));
    },
    isUp: () => store.isUp(),
  };
}

/** Requests may come in before everything is there. */
function notStarted(): never {
  throw createError('storage_unavailable', { backend: 'the file store' });
}

function chooseStore({ files, dataFolder }: StorageConfig): FileStore {
  if (files.backend === 'local') {
    return createLocalStore({ folder: files.folder ?? path.join(dataFolder, 'files') });
  }
  const reason = 'files.backend "s3" needs files.s3';
  throw createError('config_invalid', { source: '@objectos/storage', reason });
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
async function signingKey(keyValue: KeyValueService): Promise<string> {
  const own = keyValue.open({ owner: OWNER });
  await own.compareAndSet(SIGNING_KEY, null, randomBytes(48).toString('base64'));
  return (await own.get<string>(SIGNING_KEY)) ?? '';
}

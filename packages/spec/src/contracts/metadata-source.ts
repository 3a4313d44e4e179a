import { contributionPoint, serviceRef } from './refs.js';
import type { MetadataType } from '../metadata/types.js';

/** Metadata files of a plugin: the manifest's `objects`, `workflows`, … globs. */
export interface MetadataFiles {
  /** Folder that the globs are relative to. */
  readonly baseDir: string;
  readonly globs: readonly string[];
  /** What the files hold; absent: told by file name (`account.object.yml`) or folder (`objects/`). */
  readonly type?: MetadataType | undefined;
}

/** Plugins contribute metadata files here; the ObjectQL plugin loads them into the plugin's layer. */
export const metadataFilesPoint = contributionPoint<MetadataFiles>('metadata.files');

/** Read access to the effective metadata of every type. */
export interface MetadataService {
  /** Version of the snapshot in force; changes with every reload. */
  readonly version: string;
  types(): readonly MetadataType[];
  names(type: MetadataType): readonly string[];
  get(type: MetadataType, name: string): Readonly<Record<string, unknown>> | undefined;
}

/** The effective metadata. Provided by the ObjectQL plugin. */
export const metadataService = serviceRef<MetadataService>('metadata');
